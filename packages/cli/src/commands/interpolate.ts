import { ArgumentError, type InterpolationPath, latentPath } from '@latentkit/core';
import type { Command } from 'commander';
import { offerValues } from '../completion/offered-values.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { addModelOptions, MODEL, type ModelFlags, openModel } from '../model/model-options.ts';
import { parseInteger } from '../options.ts';
import { checkNumberedFolder } from '../pictures/own-folder.ts';
import { keepInputs } from '../pictures/picture-inputs.ts';
import { addPictureOptions, type PictureFlags, tellFiles } from '../pictures/picture-options.ts';

const EXAMPLES = `
Examples:
  latentkit interpolate models/mine a.png b.png --out morph.webp
  latentkit interpolate models/mine a.png b.png c.png a.png --steps 24 --out round.gif
  latentkit interpolate models/mine a.png b.png --steps 8 --out row.png   # on a sheet, a leg a row

The pictures are embedded; what lies between is decoded. The first and the last are reconstructions.`;

interface InterpolateFlags extends ModelFlags, PictureFlags {
  readonly steps: number;
  readonly path: string;
}

export function addInterpolate(program: Command, io: Io): void {
  const command = program
    .command('interpolate')
    .summary('turn one picture into another')
    .description('Turn one picture into another, or several one after the other.')
    .argument('<model>', MODEL)
    .argument('<pictures...>', 'two or more, in the order of the path')
    .option('--steps <n>', 'pictures from one to the next', parseInteger, 16)
    .option('--path <name>', 'slerp or lerp', 'slerp');
  offerValues(command, { '--path': ['slerp', 'lerp'] });
  addPictureOptions(addModelOptions(command))
    .addHelpText('after', EXAMPLES)
    .action((model: string, pictures: string[], flags: InterpolateFlags) =>
      interruptible(io, 'Stopping; no picture is written.', (signal) =>
        interpolate(model, pictures, flags, signal, io),
      ),
    );
}

async function interpolate(
  path: string,
  pictures: readonly string[],
  flags: InterpolateFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  if (flags.steps < 2) {
    throw new ArgumentError('--steps', 'an integer of at least 2, both ends included', flags.steps);
  }
  if (pictures.length < 2) {
    throw new ArgumentError('pictures', 'two or more, from one to the next', pictures);
  }
  keepInputs(flags.out, pictures);
  checkNumberedFolder(flags.out, (pictures.length - 1) * (flags.steps - 1) + 1);
  const { readImages } = await import('@latentkit/node');
  const { writePictures } = await import('../pictures/write-pictures.ts');
  const { condition, steps } = flags;
  const model = await openModel(path, flags, signal);
  try {
    const items = await readImages(pictures, model.card, { signal });
    const ends = await model.encoder.embed(items, { condition, signal });
    const kind = flags.path as InterpolationPath;
    const z = latentPath(ends, { steps: steps - 1, path: kind });
    const codes = await model.decoder.codebook?.nearest(z);
    const { mean } = await model.decoder.decode(codes ?? z, { condition, signal });
    const out = { ...flags, columns: flags.columns ?? steps };
    tellFiles(await writePictures(mean, model.card, out), mean.dims[0] ?? 0, flags, io);
  } finally {
    await model.dispose();
  }
}
