import { ArgumentError } from '@latentkit/core';
import { endingOf } from '../options.ts';

/** What a path of pictures is by its ending: a PNG each, all on one sheet, or one after the other. */
export type PictureKind = 'folder' | 'png' | 'webp' | 'gif';

/**
 * What `--out` of a verb that makes pictures stands for.
 *
 * @throws ArgumentError for the ending of another format, and for `-`
 */
export function pictureKindOf(out: string): PictureKind {
  if (out === '-') {
    throw new ArgumentError(
      '--out',
      "a path, since pictures do not go to standard output; './-' is a folder of that name",
      out,
    );
  }
  const ending = endingOf(out);
  if (ending === '.png') return 'png';
  if (ending === '.webp') return 'webp';
  if (ending === '.gif') return 'gif';
  if (ending === '' && out !== '') return 'folder';
  throw new ArgumentError(
    '--out',
    `a folder (a PNG each), a sheet (.png), or frames (.webp, .gif)${out && `; '${out}/' is a folder of that name`}`,
    out,
  );
}

/** @throws ArgumentError for a path that does not end as PNGs do, which is all that sheets are written as */
export function checkSheetPath(option: string, path: string): void {
  if (endingOf(path) !== '.png') throw new ArgumentError(option, 'a path that ends in .png', path);
}
