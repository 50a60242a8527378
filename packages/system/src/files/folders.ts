import { constants } from 'node:fs';
import { access, open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from './make-folder.ts';
import { unwritable } from './unwritable.ts';
import { temporaryBeside } from './write-file.ts';

/**
 * Makes a folder and shows, by writing there, that files can be made in it.
 *
 * @throws LatentkitError `unwritable`
 */
export async function ensureWritableFolder(path: string, what: string): Promise<void> {
  try {
    await makeFolder(path);
    const probe = temporaryBeside(join(path, 'probe'));
    await (await open(probe, 'wx')).close();
    await rm(probe);
  } catch (cause) {
    throw unwritable(`${what} ${path} cannot be written`, cause);
  }
}

/**
 * Shows that a folder can be made (or written) without making it: its nearest present ancestor must
 * be a folder that may be written.
 *
 * @throws LatentkitError `unwritable`
 */
export async function checkCreatable(path: string, what: string): Promise<void> {
  let at = path;
  for (;;) {
    try {
      if (!(await stat(at)).isDirectory()) throw new Error(`${at} is a file, not a folder`);
      await access(at, constants.W_OK | constants.X_OK);
      return;
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code !== 'ENOENT' || dirname(at) === at) {
        throw unwritable(`${what} ${path} cannot be written`, cause);
      }
      at = dirname(at);
    }
  }
}
