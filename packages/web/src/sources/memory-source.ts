import { ArgumentError, LatentkitError, type ModelSource, throwIfAborted } from '@latentkit/core';

/** The files of a model by their names: `model.json`, and those that it names. */
export type ModelFiles = Readonly<Record<string, Uint8Array | ArrayBuffer | Blob>>;

/** A model in memory, or in files that the user picked or dropped (a `File` is a `Blob`). */
export function memorySource(files: ModelFiles): ModelSource {
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

async function bytesOf(name: string, content: unknown): Promise<Uint8Array> {
  if (content instanceof Uint8Array) return content;
  if (content instanceof ArrayBuffer) return new Uint8Array(content);
  if (content instanceof Blob) return new Uint8Array(await content.arrayBuffer());
  throw new ArgumentError(`files['${name}']`, 'a Uint8Array, ArrayBuffer or Blob', content);
}
