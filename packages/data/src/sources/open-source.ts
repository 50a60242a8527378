import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { ArgumentError, LatentkitError } from '@latentkit/core';
import { checkText } from '@latentkit/core/runtime';
import { formatFault, formatPlural } from '@latentkit/system';
import picomatch from 'picomatch';
import { openTar } from './archives/tar-source.ts';
import { openZip } from './archives/zip-source.ts';
import { openFolder } from './picture-folder.ts';
import { openList } from './picture-list.ts';
import { isPicture, type PictureSource } from './picture-source.ts';
import { ofSource } from './went-away.ts';

/** What is expected of `--data`, for messages. */
export const KNOWN_DATA =
  'a folder or glob of pictures, a list of them (.txt, .csv, .tsv), a .zip or .tar of them, an IDX file, or an .npy or .npz array';

/** @throws ArgumentError for no path: an empty one would be the folder in which a program happens to run */
export function checkPath(path: unknown): void {
  const wanted = 'the path of a folder, an archive or a file';
  checkText('path', path, wanted);
  if (path === '') throw new ArgumentError('path', wanted, path);
}

/**
 * Opens what a path or glob names: a folder of pictures, a list, an archive.
 *
 * @throws ArgumentError for no path; LatentkitError `not-found`, or `invalid-data` for something without pictures
 */
export async function openPictures(path: string, signal?: AbortSignal): Promise<PictureSource> {
  checkPath(path);
  const source = await ofSource(path, () => open(resolve(path), signal));
  if (source.entries.length === 0) throw noPictures(source);
  return source;
}

async function open(path: string, signal: AbortSignal | undefined): Promise<PictureSource> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return openFolder(path, { signal });
  if (found && /\.zip$/i.test(path)) return openZip(path);
  if (found && /\.(tar|tgz|tar\.gz)$/i.test(path)) return openTar(path);
  if (found && /\.(txt|csv|tsv)$/i.test(path)) return openList(path);
  if (!found && picomatch.scan(path).isGlob) return openGlob(path, signal);
  if (found) {
    throw new LatentkitError('invalid-data', `${path} is of no known kind. Name ${KNOWN_DATA}.`);
  }
  throw new LatentkitError('not-found', `There is no ${path}. Name ${KNOWN_DATA}.`);
}

async function openGlob(path: string, signal: AbortSignal | undefined): Promise<PictureSource> {
  const { base, glob } = picomatch.scan(path);
  const folder = base === '' ? '/' : base;
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
    throw new LatentkitError(
      'not-found',
      `There is no folder ${folder}, where ${path} would begin.`,
    );
  }
  const matches = picomatch(glob);
  const wanted = (id: string) => isPicture(id) && matches(id);
  const source = await openFolder(folder, { wanted, name: basename(folder), signal });
  return { ...source, location: join(folder, glob) };
}

function noPictures({ location, others, faults }: PictureSource): LatentkitError {
  const lines = [
    `There are no pictures in ${location}${others > 0 ? `, only ${formatPlural(others, 'other file')}` : ''}.`,
    ...faults.slice(0, 5).map((fault) => `  - ${formatFault(fault)}`),
    'Pictures are files that end in .png, .jpg, .webp, .avif, .tiff or .gif.',
  ];
  return new LatentkitError('invalid-data', lines.join('\n'));
}
