import { extname } from 'node:path';
import { ArgumentError } from '@latentkit/core';

/** What a path of pictures is by its ending: a PNG each, all on one sheet, or one after the other. */
export type PictureKind = 'folder' | 'png' | 'webp' | 'gif';

/** Endings of files that hold pictures, and that are not written. A folder of such a name is hardly what was meant. */
const OTHERS = new Set(
  'apng avif avi bmp eps exr heic heif ico jfif jp2 jpe jpeg jpg jxl mkv mov mp4 pbm pdf pgm pnm ppm psd svg tga tif tiff webm'
    .split(' ')
    .map((ending) => `.${ending}`),
);

/**
 * What `--out` of a verb that makes pictures stands for. A path that ends in a slash is a folder, whatever its name.
 *
 * @throws ArgumentError for the ending of pictures of another format
 */
export function pictureKindOf(out: string): PictureKind {
  const ending = endingOf(out);
  if (ending === '.png') return 'png';
  if (ending === '.webp') return 'webp';
  if (ending === '.gif') return 'gif';
  if (!OTHERS.has(ending)) return 'folder';
  throw new ArgumentError(
    '--out',
    `a folder (a PNG each), a sheet (.png), or frames (.webp, .gif); '${out}/' is a folder of that name`,
    out,
  );
}

/** @throws ArgumentError for a path that does not end as PNGs do, which is all that sheets are written as */
export function checkSheetPath(option: string, path: string): void {
  if (endingOf(path) !== '.png') throw new ArgumentError(option, 'a path that ends in .png', path);
}

/** @throws ArgumentError for a path that ends like a picture, where a verb writes folders of them */
export function checkFolderPath(option: string, path: string): void {
  const ending = endingOf(path);
  if (!['.png', '.webp', '.gif'].includes(ending) && !OTHERS.has(ending)) return;
  throw new ArgumentError(
    option,
    `a folder, since a data set is written; '${path}/' is a folder of that name`,
    path,
  );
}

/** None for a path that says by its slash that it is a folder: `extname` looks past it. */
function endingOf(path: string): string {
  return /[/\\]$/.test(path) ? '' : extname(path).toLowerCase();
}
