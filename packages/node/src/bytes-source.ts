import { ArgumentError, LatentkitError, type ModelSource } from '@latentkit/core';

/** The files of a model in memory, by name: `{ 'model.json': …, 'encoder.onnx': …, … }`. */
export type ModelFiles = Readonly<Record<string, Uint8Array>>;

/** A model in memory. */
export function bytesSource(files: ModelFiles): ModelSource {
  return {
    description: 'the given bytes',
    async read(file, { onProgress }) {
      const bytes = Object.hasOwn(files, file) ? files[file] : undefined;
      if (bytes === undefined) {
        const given = Object.keys(files).join(', ') || 'none';
        throw new LatentkitError('not-found', `${file} is not among the given files: ${given}.`);
      }
      if (!(bytes instanceof Uint8Array)) throw new ArgumentError(file, 'a Uint8Array', bytes);
      onProgress?.({ file, loaded: bytes.byteLength, total: bytes.byteLength });
      return bytes;
    },
  };
}
