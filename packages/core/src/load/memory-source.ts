import { checkObject } from '../errors/check.ts';
import { ArgumentError, LatentkitError, throwIfAborted } from '../errors/index.ts';
import { isShared } from '../typed-arrays.ts';
import type { ModelSource } from './platform.ts';

/** What core reads of a Blob, so that it needs no DOM types. A `File` is one. */
export interface BlobLike {
  readonly size: number;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** The files of a model by their names: `model.json`, and those that it names. */
export type ModelFiles = Readonly<Record<string, Uint8Array | ArrayBuffer | BlobLike>>;

/** A model in memory, or in files that the user picked or dropped. */
export function memorySource(files: ModelFiles): ModelSource {
  checkObject('files', files);
  const names = Object.keys(files);
  return {
    description: 'the files in memory',
    async read(file, { signal, expected, onProgress }) {
      throwIfAborted(signal, `Reading ${file}`);
      const content = Object.hasOwn(files, file) ? files[file] : undefined;
      if (content === undefined) {
        throw new LatentkitError(
          'not-found',
          `${file} is missing among the files in memory (${names.join(', ') || 'none'}). Give every file of the model's folder by its name.`,
        );
      }
      const bytes = await bytesOf(file, content);
      if (expected) onProgress?.({ file, loaded: bytes.byteLength, total: bytes.byteLength });
      return bytes;
    },
  };
}

/** Recognised by tag: an array or a Blob may come from another realm (a frame, a Node vm context). */
async function bytesOf(name: string, content: unknown): Promise<Uint8Array> {
  switch (Object.prototype.toString.call(content).slice(8, -1)) {
    case 'Uint8Array':
      return viewOf(content as Uint8Array);
    case 'ArrayBuffer':
      return new Uint8Array(content as ArrayBuffer);
    case 'Blob':
    case 'File':
      return new Uint8Array(await (content as BlobLike).arrayBuffer());
    default:
      throw new ArgumentError(`files['${name}']`, 'a Uint8Array, ArrayBuffer or Blob', content);
  }
}

/** A copy of memory that threads share, as WebAssembly's is: hashes and ONNX Runtime take none. */
function viewOf(bytes: Uint8Array): Uint8Array {
  const { buffer, byteOffset, byteLength } = bytes;
  if (isShared(buffer)) return new Uint8Array(bytes);
  return bytes instanceof Uint8Array ? bytes : new Uint8Array(buffer, byteOffset, byteLength);
}
