import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LatentkitError } from '@latentkit/core';

/** A name beside `path` for what is not finished yet, different at each call. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.tmp`);
}

/** Writes a file so that it is there whole, old or new, whenever the process or machine stops. */
export async function writeFileAtomically(
  path: string,
  contents: Uint8Array | string,
): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(contents);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new LatentkitError('unwritable', `Could not write ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/**
 * Makes a folder and shows, by writing there, that files can be made in it.
 *
 * @throws LatentkitError `unwritable`
 */
export async function ensureWritableFolder(path: string, what: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    const probe = temporaryBeside(join(path, 'probe'));
    await (await open(probe, 'wx')).close();
    await rm(probe);
  } catch (cause) {
    throw unwritable(path, what, cause);
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
      if (code !== 'ENOENT' || dirname(at) === at) throw unwritable(path, what, cause);
      at = dirname(at);
    }
  }
}

function unwritable(path: string, what: string, cause: unknown): LatentkitError {
  return new LatentkitError(
    'unwritable',
    `${what}: cannot write to ${path} (${(cause as Error).message}). Choose another folder, or change its permissions.`,
    { cause },
  );
}
