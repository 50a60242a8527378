import { existsSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ArgumentError, LatentkitError } from '@latentkit/core';
import { checkCreatable, makeFolder, temporaryBeside } from '@latentkit/system';

/**
 * Shows that a model folder can be written: it is absent, empty, or an earlier export.
 *
 * @throws LatentkitError `unwritable`; ArgumentError for a folder that holds anything else
 */
export async function checkModelFolder(folder: string): Promise<void> {
  await checkCreatable(folder, 'The model folder');
  // The export is made beside the folder and takes its place.
  await checkCreatable(dirname(folder), 'The folder around the model folder');
  if (!existsSync(folder)) return;
  const names = await readdir(folder);
  if (names.length > 0 && !names.includes('model.json')) {
    throw new ArgumentError(
      'model folder',
      'a folder that is absent, empty, or holds an earlier export (with a model.json)',
      folder,
    );
  }
}

/**
 * Makes a folder as a whole: `fill` writes into a folder of another name, which then takes the
 * place of `folder`. If anything fails, `folder` is as it was before.
 */
export async function stageFolder<T>(
  folder: string,
  fill: (staging: string) => Promise<T>,
): Promise<T> {
  const staging = temporaryBeside(folder);
  try {
    await makeFolder(staging);
    const result = await fill(staging);
    await replaceFolder(folder, staging);
    return result;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function replaceFolder(folder: string, staging: string): Promise<void> {
  const old = temporaryBeside(join(dirname(folder), `${folder.split(/[\\/]/).at(-1)}-old`));
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
    throw new LatentkitError(
      'unwritable',
      `Could not put the model in place at ${folder}: ${(cause as Error).message}`,
      { cause },
    );
  }
}
