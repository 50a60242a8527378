import { existsSync, realpathSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { ArgumentError } from '@latentkit/core';
import { isServed } from '@latentkit/system';
import { pictureKindOf } from './picture-path.ts';

/**
 * Pictures that are read are never written over, nor are new ones put among them, where the next run would take them
 * for one's own.
 *
 * @param out a file, or a folder of pictures
 * @param sources files and folders that the verb reads; globs and addresses name none, and are passed over
 * @param option the one that `out` was given by
 * @throws ArgumentError
 */
export function keepInputs(out: string, sources: readonly string[], option = '--out'): void {
  const isFolder = pictureKindOf(out) === 'folder';
  const target = realOf(out);
  for (const source of sources) {
    if (isServed(source) || !existsSync(source)) continue;
    const from = realOf(source);
    // A file in a folder that is read is written over only where it is there; a folder in it would be read next time.
    const isRead = isFolder
      ? from === target || isWithin(from, target) || dirname(from) === target
      : from === target || (isWithin(from, target) && existsSync(target));
    if (!isRead) continue;
    const what = isFolder ? 'a folder apart from the pictures' : 'another file than the pictures';
    throw new ArgumentError(option, `${what} that are read (${source})`, out);
  }
}

/**
 * A folder of results that lies in a folder of data would be read as data by the next run.
 *
 * @throws ArgumentError
 */
export function keepDataApart(out: string, data: string): void {
  if (!existsSync(data)) return;
  const [target, from] = [realOf(out), realOf(data)];
  if (target !== from && !isWithin(from, target)) return;
  throw new ArgumentError('--out', `a folder apart from the data (${data})`, out);
}

/** The path itself where nothing is there yet: then its folder is followed, as far as there is one. */
function realOf(path: string): string {
  const whole = resolve(path);
  if (existsSync(whole)) return realpathSync(whole);
  const above = dirname(whole);
  return above === whole
    ? whole
    : resolve(realOf(above), whole.slice(above.length).replace(/^[/\\]/, ''));
}

function isWithin(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
