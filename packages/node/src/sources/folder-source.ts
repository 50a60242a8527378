import { open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import {
  AbortedError,
  type AbortSignalLike,
  IntegrityError,
  LatentkitError,
} from '@latentkit/core';
import {
  checkFileName,
  type ModelSource,
  maxBytesOf,
  type ReadOptions,
} from '@latentkit/core/runtime';

/** A model in a folder on disk. Files outside it are refused, also where a link leads there. */
export function folderSource(folder: string): ModelSource {
  return {
    description: folder,
    async read(file, options) {
      checkFileName(file);
      const path = await insideFolder(folder, file);
      return readWhole(path, file, options);
    },
  };
}

async function insideFolder(folder: string, file: string): Promise<string> {
  const path = join(folder, file);
  try {
    const [root, target] = await Promise.all([realpath(folder), realpath(path)]);
    if (target.startsWith(root + sep)) return target;
    throw new LatentkitError(
      'invalid-card',
      `${path} is a link to ${target}, outside the model's folder. Copy the file into the folder.`,
    );
  } catch (cause) {
    if (LatentkitError.isInstance(cause)) throw cause;
    throw readFailure(path, cause as NodeJS.ErrnoException);
  }
}

async function readWhole(
  path: string,
  file: string,
  { signal, expected, onProgress }: ReadOptions,
): Promise<Uint8Array> {
  try {
    const handle = await open(path);
    try {
      const { size } = await handle.stat();
      const limit = maxBytesOf(expected);
      if (size > limit) {
        if (expected) throw new IntegrityError(file, `${limit} bytes`, `${size} bytes`);
        throw new LatentkitError(
          'too-large',
          `${path} has ${size} bytes, more than any model card (${limit}). Export the model again.`,
        );
      }
      const bytes = new Uint8Array(size);
      let loaded = 0;
      while (loaded < size) {
        throwIfFired(signal, file);
        // Chunks, so that an abort need not wait for all of a large file.
        const length = Math.min(size - loaded, 16 * 2 ** 20);
        const { bytesRead } = await handle.read(bytes, loaded, length, loaded);
        if (bytesRead === 0) break;
        loaded += bytesRead;
        onProgress?.({ file, loaded, total: size });
      }
      return bytes.subarray(0, loaded);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (LatentkitError.isInstance(cause)) throw cause;
    throw readFailure(path, cause as NodeJS.ErrnoException);
  }
}

function throwIfFired(signal: AbortSignalLike | undefined, file: string): void {
  if (signal?.aborted) throw new AbortedError(`Reading ${file}`, signal);
}

function readFailure(path: string, cause: NodeJS.ErrnoException): LatentkitError {
  const missing = cause.code === 'ENOENT' || cause.code === 'ENOTDIR';
  return new LatentkitError(
    'not-found',
    missing
      ? `${path} does not exist. Give the folder that latentkit's export wrote (model.json, encoder.onnx, decoder.onnx).`
      : `${path} cannot be read: ${cause.message}`,
    { cause },
  );
}
