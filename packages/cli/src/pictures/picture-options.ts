import type { Command } from 'commander';
import { displayPath, formatPlural } from '../format.ts';
import type { Io } from '../io.ts';
import { parseInteger } from '../options.ts';

/** How a verb writes its pictures; the same for all of them. */
export interface PictureFlags {
  readonly out: string;
  readonly columns?: number;
  readonly scale?: number;
  readonly json?: boolean;
}

/** Adds the options of {@link PictureFlags} to a verb. */
export function addPictureOptions(command: Command): Command {
  return command
    .requiredOption(
      '-o, --out <path>',
      'a folder (a PNG each), a sheet (.png), or frames (.webp, .gif)',
    )
    .option('--columns <n>', 'of a sheet (default: what suits)', parseInteger)
    .option('--scale <n>', 'side of the square that a pixel becomes', parseInteger)
    .option('--json', 'print what was written as JSON');
}

/** Says which files were written, and what else there is to say of them. */
export function tellFiles(
  files: readonly string[],
  count: number,
  { json }: Pick<PictureFlags, 'json'>,
  io: Io,
  more: object = {},
): void {
  if (json) io.out(JSON.stringify({ files, count, ...more }, null, 2));
  else if (files.length === 1)
    io.out(`${displayPath(files[0] as string)}: ${formatPlural(count, 'picture')}`);
  else
    io.out(
      `${displayPath((files[0] as string).replace(/[^/\\]*$/, ''))}: ${formatPlural(files.length, 'file')}`,
    );
}
