import { ArgumentError, type ModelFiles } from '@latentkit/core';

/** Files that a user picked or dropped: `input.files`, `event.dataTransfer.files`, or a list of them. */
export type PickedFiles = Iterable<File> | ArrayLike<File>;

/** True for a list of files, as opposed to files by their names. */
export function isPicked(source: object): source is PickedFiles {
  return Symbol.iterator in source && !ArrayBuffer.isView(source);
}

/**
 * Picked files by their names.
 *
 * @throws ArgumentError for what is no file, or for two files of one name
 */
export function byName(picked: PickedFiles): ModelFiles {
  const files: Record<string, File> = {};
  for (const file of Array.from(picked)) {
    if (!(file instanceof File)) {
      throw new ArgumentError('source', 'a list of files (input.files, dataTransfer.files)', file);
    }
    if (Object.hasOwn(files, file.name)) {
      throw new ArgumentError(
        'source',
        "the files of one model's folder",
        `two files called ${file.name}`,
      );
    }
    files[file.name] = file;
  }
  return files;
}
