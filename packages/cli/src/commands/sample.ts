import type { Sampler } from '@latentkit/core';
import type { Command } from 'commander';
import { offerValues } from '../completion/offered-values.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { addModelOptions, MODEL, type ModelFlags, openModel } from '../model/model-options.ts';
import { parseInteger, parseNumber } from '../options.ts';
import { checkNumberedFolder } from '../pictures/own-folder.ts';
import { addPictureOptions, type PictureFlags, tellFiles } from '../pictures/picture-options.ts';

const EXAMPLES = `
Examples:
  latentkit sample models/mine --out sheet.png                  16 pictures on a sheet
  latentkit sample models/mine -n 500 --out new --seed 7        500 files in new/
  latentkit sample models/mine --truncation 1 --out sheet.png   nearer to what the model knows best
  latentkit sample models/mine --sampler mixture --out sheet.png
                                     nearer to the data ('directions --mixture --record' puts it on the card)

The same seed gives the same pictures on every device.`;

interface SampleFlags extends ModelFlags, PictureFlags {
  readonly count: number;
  readonly seed: number;
  readonly temperature?: number;
  readonly truncation?: number;
  readonly sampler?: string;
}

export function addSample(program: Command, io: Io): void {
  const command = program
    .command('sample')
    .summary('draw new pictures')
    .description('Draw new pictures from a model.')
    .argument('<model>', MODEL)
    .option('-n, --count <n>', 'how many', parseInteger, 16)
    .option('--seed <n>', 'seed of the draws', parseInteger, 0)
    .option('--temperature <x>', 'factor on their spread (default: 1)', parseNumber)
    .option('--truncation <x>', 'none beyond so many standard deviations', parseNumber)
    .option('--sampler <name>', 'prior or mixture (default: prior)');
  offerValues(command, { '--sampler': ['prior', 'mixture'] });
  addPictureOptions(addModelOptions(command))
    .addHelpText('after', EXAMPLES)
    .action((model: string, flags: SampleFlags) =>
      interruptible(io, 'Stopping; no picture is written.', (signal) =>
        sample(model, flags, signal, io),
      ),
    );
}

async function sample(
  path: string,
  flags: SampleFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  checkNumberedFolder(flags.out, flags.count);
  const { writePictures } = await import('../pictures/write-pictures.ts');
  const { count, seed, temperature, truncation, condition } = flags;
  const model = await openModel(path, flags, signal);
  try {
    const sampler = flags.sampler as Sampler | undefined;
    const options = { seed, temperature, truncation, condition, sampler, signal };
    const { mean } = await model.sample(count, options);
    tellFiles(await writePictures(mean, model.card, flags), count, flags, io, { seed });
  } finally {
    await model.dispose();
  }
}
