import { tensor } from '@latentkit/core';
import { type Command, InvalidArgumentError } from 'commander';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { addModelOptions, MODEL, type ModelFlags, openModel } from '../model/model-options.ts';
import { parseInteger } from '../options.ts';
import { checkNumberedFolder } from '../pictures/own-folder.ts';
import { keepInputs } from '../pictures/picture-inputs.ts';
import { addPictureOptions, type PictureFlags, tellFiles } from '../pictures/picture-options.ts';

const EXAMPLES = `
Examples:
  latentkit edit models/mine digit.png --attribute thickness --amount 2 --out thick.png
  latentkit edit models/mine a.png b.png --attribute slant --amount=-2,-1,0,1,2 --out slant.png
                                                  on a sheet, a row a picture and a column an amount
Amounts are standard deviations of the attribute. Which attributes a model knows is on its card ('latentkit
info'); 'latentkit directions MODEL --record' finds them.`;

interface EditFlags extends ModelFlags, PictureFlags {
  readonly attribute: string;
  readonly amount: readonly number[];
  readonly level?: number;
}

export function addEdit(program: Command, io: Io): void {
  const command = program
    .command('edit')
    .summary('give pictures more, or less, of an attribute')
    .description('Give pictures more, or less, of an attribute that the model knows.')
    .argument('<model>', MODEL)
    .argument('<pictures...>', 'the pictures to edit')
    .requiredOption('--attribute <name>', 'which attribute')
    .requiredOption('--amount <n,…>', 'how far, in its standard deviations', parseAmounts)
    .option(
      '--level <n>',
      "of a hierarchical model: the level, 0 the most abstract ('measure' calls it level 1)",
      parseInteger,
    );
  addPictureOptions(addModelOptions(command))
    .addHelpText('after', EXAMPLES)
    .action((model: string, pictures: string[], flags: EditFlags) =>
      interruptible(io, 'Stopping; no picture is written.', (signal) =>
        edit(model, pictures, flags, signal, io),
      ),
    );
}

function parseAmounts(text: string): number[] {
  const amounts = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (!amounts.every(Number.isFinite)) {
    throw new InvalidArgumentError('Expected numbers with commas between, such as -2,0,2.');
  }
  return amounts;
}

async function edit(
  path: string,
  pictures: readonly string[],
  flags: EditFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  keepInputs(flags.out, pictures);
  checkNumberedFolder(flags.out, pictures.length * flags.amount.length);
  const { readImages } = await import('@latentkit/node');
  const { writePictures } = await import('../pictures/write-pictures.ts');
  const { attribute, amount: amounts, condition, level } = flags;
  const model = await openModel(path, flags, signal);
  try {
    const items = await readImages(pictures, model.card, { signal });
    const size = items.data.length / pictures.length;
    const edited = new Float32Array(items.data.length * amounts.length);
    for (const [column, amount] of amounts.entries()) {
      const { mean } = await model.edit(items, attribute, amount, { condition, level, signal });
      for (let row = 0; row < pictures.length; row++) {
        const at = (row * amounts.length + column) * size;
        edited.set(mean.data.subarray(row * size, (row + 1) * size), at);
      }
    }
    const count = pictures.length * amounts.length;
    const out = { ...flags, columns: flags.columns ?? amounts.length };
    const files = await writePictures(
      tensor(edited, [count, ...model.card.item.shape]),
      model.card,
      out,
    );
    tellFiles(files, count, flags, io, { attribute, amounts });
  } finally {
    await model.dispose();
  }
}
