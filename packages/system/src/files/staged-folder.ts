import { existsSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ArgumentError, LatentkitError } from '@latentkit/core';
import { checkCreatable } from './folders.ts';
import { holdTemporary, removeLeftOver } from './left-over.ts';
import { makeFolder } from './make-folder.ts';
import { unwritable } from './unwritable.ts';
import { temporaryBeside } from './write-file.ts';

/** A folder of a program's own making. */
export interface MadeFolder {
  /** What it is called in messages, such as `model folder`. */
  readonly what: string;
  /** What an earlier one is called, such as `an earlier export`. */
  readonly earlier: string;
  /** A file that every such folder holds. */
  readonly mark: string;
}

/**
 * Shows that a folder can be written: it is absent, empty, or an earlier one of the same making.
 *
 * @throws LatentkitError `unwritable`; ArgumentError for a folder that holds anything else
 */
export async function checkReplaceable(
  folder: string,
  { what, earlier, mark }: MadeFolder,
): Promise<void> {
  await checkCreatable(folder, `The ${what}`);
  // The new one is made beside the folder and takes its place.
  await checkCreatable(dirname(folder), `The folder around the ${what}`);
  if (!existsSync(folder)) return;
  const names = await readdir(folder);
  if (names.length > 0 && !existsSync(join(folder, mark))) {
    throw new ArgumentError(
      what,
      `a folder that is absent, empty, or holds ${earlier} (with a ${mark})`,
      folder,
    );
  }
}

/**
 * Makes a folder as a whole: `fill` writes into a folder of another name, which then takes the
 * place of `folder`. If anything fails, `folder` is as it was before, and so are the folders around it. What a process
 * that was killed left beside it is removed.
 *
 * @throws LatentkitError `unwritable`, `in-use` where another was put there meanwhile; what `fill` throws
 */
export async function stageFolder<T>(
  folder: string,
  fill: (staging: string) => Promise<T>,
): Promise<T> {
  await removeLeftOver(folder, (staging) => undoStaging(folder, staging));
  const staging = temporaryBeside(folder);
  let undo: (() => Promise<void>) | undefined;
  let release: (() => Promise<void>) | undefined;
  try {
    undo = await makeFolder(staging);
    release = await holdTemporary(staging);
    const result = await fill(staging);
    await replaceFolder(folder, staging);
    return result;
  } catch (cause) {
    throw isFull(cause) ? unwritable(`Could not write ${folder}`, cause) : cause;
  } finally {
    await rm(staging, { recursive: true, force: true });
    await release?.();
    await undo?.();
  }
}

/** Where the folder is kept whose place another takes. */
const oldOf = (staging: string) => `${staging}-old`;

/** Removes a folder whose process is gone; the one that it had put aside comes back. */
async function undoStaging(folder: string, staging: string): Promise<void> {
  await rm(staging, { recursive: true, force: true });
  if (existsSync(folder)) await rm(oldOf(staging), { recursive: true, force: true });
  else if (existsSync(oldOf(staging))) await rename(oldOf(staging), folder);
}

/** Whether there was no room: rights are looked at beforehand, and room is there or not when it is needed. */
function isFull(cause: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((cause as NodeJS.ErrnoException).code ?? '');
}

/** Whether another came between: what was there is gone, or what was not there is. */
function isTaken(folder: string, { code, path }: NodeJS.ErrnoException): boolean {
  return code === 'ENOTEMPTY' || code === 'EEXIST' || (code === 'ENOENT' && path === folder);
}

async function replaceFolder(folder: string, staging: string): Promise<void> {
  const old = oldOf(staging);
  try {
    const present = await stat(folder).then(
      () => true,
      () => false,
    );
    if (present) await rename(folder, old);
    try {
      await rename(staging, folder);
    } catch (error) {
      if (present) await rename(old, folder);
      throw error;
    }
    await rm(old, { recursive: true, force: true });
  } catch (cause) {
    if (isTaken(folder, cause as NodeJS.ErrnoException)) {
      throw new LatentkitError(
        'in-use',
        `Another export was put into ${folder} meanwhile, and is kept. Export into another folder, or again once the other is done.`,
        { cause },
      );
    }
    throw new LatentkitError(
      'unwritable',
      `Could not put ${folder} in place: ${(cause as Error).message}`,
      { cause },
    );
  }
}
