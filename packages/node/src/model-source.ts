import { fileURLToPath } from 'node:url';
import { ArgumentError, type ModelSource } from '@latentkit/core';
import { bytesSource, type ModelFiles } from './bytes-source.ts';
import { folderSource } from './folder-source.ts';

/** A folder's path, a `file:` URL of a folder, or the files in memory. */
export type Source = string | URL | ModelFiles;

/** Finds out what kind of source was given. */
export function modelSource(source: Source): ModelSource {
  if (typeof source === 'string' && !/^file:/i.test(source)) return folderSource(source);
  if (typeof source === 'string' || source instanceof URL) {
    return folderSource(fileURLToPath(source));
  }
  if (typeof source === 'object' && source !== null) return bytesSource(source);
  throw new ArgumentError(
    'source',
    "a folder's path, a URL, or an object of files by name",
    source,
  );
}
