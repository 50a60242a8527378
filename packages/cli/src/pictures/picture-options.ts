import { resolve } from 'node:path';
import { ArgumentError } from '@latentkit/core';
import { formatPlural } from '@latentkit/system';
import type { Command } from 'commander';
import { displayPath } from '../format.ts';
import type { Io } from '../io.ts';
import { parseInteger } from '../options.ts';
import { pictureKindOf } from './picture-path.ts';

/** How a verb writes its pictures; the same for all of them. */
export interface PictureFlags {
  readonly out: string;
  readonly columns?: number;
  readonly scale?: number;
  readonly json?: boolean;
}

/** Adds the options of {@link PictureFlags} to a verb, which checks them before it does anything. */
export function addPictureOptions(command: Command): Command {
  return command
    .requiredOption(
      '-o, --out <path>',
      'a folder (a PNG each), a sheet (.png), or frames (.webp, .gif)',
    )
    .option('--columns <n>', 'of a sheet (default: what suits)', parseInteger)
    .option('--scale <n>', 'side of the square that a pixel becomes', parseInteger)
    .option('--json', 'print what was written as JSON')
    .hook('preAction', (_, verb) => checkPictureFlags(verb.opts<PictureFlags>()));
}

/** Else a model would be loaded and run first, or sizes come out that nothing can be drawn at. */
function checkPictureFlags({ out, columns, scale }: PictureFlags): void {
  const kind = pictureKindOf(out);
  if (columns !== undefined && columns < 1) {
    throw new ArgumentError('--columns', 'an integer of at least 1', columns);
  }
  if (columns !== undefined && kind !== 'png') {
    throw new ArgumentError('--columns', `none where --out is no sheet (.png), as ${out}`, columns);
  }
  if (scale !== undefined && (scale < 1 || scale > 256)) {
    throw new ArgumentError('--scale', 'an integer from 1 to 256', scale);
  }
}

/** Says which files were written, and what else there is to say of them. */
export function tellFiles(
  files: readonly string[],
  count: number,
  { out, json }: Pick<PictureFlags, 'out' | 'json'>,
  io: Io,
  more: object = {},
): void {
  if (json) io.out(JSON.stringify({ files, count, ...more }, null, 2));
  else if (files.length === 1)
    io.out(`${displayPath(files[0] as string)}: ${formatPlural(count, 'picture')}`);
  // Named by what was asked for: the files may lie in folders below it.
  else io.out(`${displayPath(resolve(out))}: ${formatPlural(files.length, 'file')}`);
}
