import { readdirSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError } from '@latentkit/core';
import { makeFolder, temporaryBeside, unwritable } from '@latentkit/system';
import { pictureKindOf } from './picture-path.ts';

/** What a picture without a name of its own is called, less its ending. */
export function numberedName(index: number): string {
  return String(index).padStart(4, '0');
}

/**
 * Pictures that go by their numbers have a folder of their own: among photographs nobody would find them again, and of
 * a longer run some would stay among those of this one.
 *
 * @param count how many pictures will be written
 * @throws ArgumentError for a folder that holds anything else than what will be written, but for what systems hide there
 */
export function checkNumberedFolder(out: string, count: number): void {
  const names = pictureKindOf(out) === 'folder' ? namesIn(out) : [];
  const other = names.find((name) => !isNumbered(name) && !/^(\.|Thumbs\.db$)/.test(name));
  if (other !== undefined) {
    throw new ArgumentError(
      '--out',
      `a folder that is absent, empty, or holds earlier pictures (0000.png, …) alone; there is ${other}`,
      out,
    );
  }
  const earlier = names.filter(isNumbered);
  const beyond = earlier.find((name) => Number.parseInt(name, 10) >= count);
  if (beyond === undefined) return;
  throw new ArgumentError(
    '--out',
    `a folder without pictures that would stay among the ${count} of this run (there is ${beyond}, of ${earlier.length}): name another, or remove them`,
    out,
  );
}

function isNumbered(name: string): boolean {
  return name.endsWith('.png') && name === `${numberedName(Number.parseInt(name, 10))}.png`;
}

/**
 * Pictures that are named after others have a folder of their own: what is there under such a name may be anybody's, and
 * what an earlier run left would be taken for this one's.
 *
 * @throws ArgumentError for a folder that holds anything, but for what systems put there
 */
export function checkEmptyFolder(out: string): void {
  const other = namesIn(out).find((name) => !/^(\.DS_Store|Thumbs\.db|desktop\.ini)$/.test(name));
  if (other === undefined) return;
  throw new ArgumentError(
    '--out',
    `a folder that is absent or empty; there is ${other}: name another, or remove what it holds`,
    out,
  );
}

/** What a folder holds; nothing where there is none that can be listed. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Absent, a file, or a folder that may not be listed: writing says what is wrong with it.
    return [];
  }
}

/**
 * Fills a folder that is absent or empty: all of what `fill` writes into another within it appears at the end, or
 * nothing does, and the folder is left as it was.
 *
 * @param fill gives the paths of the files that it wrote
 * @returns the paths that they have in the end
 * @throws LatentkitError `unwritable`; what `fill` throws
 */
export async function fillFolder(
  folder: string,
  fill: (staging: string) => Promise<readonly string[]>,
): Promise<string[]> {
  const staging = temporaryBeside(join(folder, 'pictures'));
  const undo = await makeFolder(staging).catch((cause) => {
    throw unwritable(`Could not write ${folder}`, cause);
  });
  try {
    const files = await fill(staging);
    for (const name of await readdir(staging)) {
      await rename(join(staging, name), join(folder, name));
    }
    return files.map((file) => join(folder, file.slice(staging.length)));
  } finally {
    await rm(staging, { recursive: true, force: true });
    await undo();
  }
}
