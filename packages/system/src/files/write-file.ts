import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from './make-folder.ts';
import { unwritable } from './unwritable.ts';

export interface WriteOptions {
  /** Makes the folder where it is missing; by default that is an error. */
  readonly makeFolders?: boolean | undefined;
  /** Who may read and write the file; by default everyone whom the process's umask allows. */
  readonly mode?: number | undefined;
}

/** A name beside `path` for what is not finished yet, different at each call. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.tmp`);
}

/**
 * Writes a file so that it is there whole, old or new, whenever the process or the machine stops. Where it fails, no
 * folder is left that was made for it.
 *
 * @throws LatentkitError `unwritable`
 */
export async function writeFileWhole(
  path: string,
  contents: Uint8Array | string,
  { makeFolders = false, mode = 0o666 }: WriteOptions = {},
): Promise<void> {
  const temporary = temporaryBeside(path);
  let undo: (() => Promise<void>) | undefined;
  try {
    if (makeFolders) undo = await makeFolder(dirname(path));
    // `wx` follows no link: what has this name already is an error.
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(contents);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    await undo?.();
    throw unwritable(`Could not write ${path}`, cause);
  }
}
