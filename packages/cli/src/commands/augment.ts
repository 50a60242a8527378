import { resolve } from 'node:path';
import { createRandom } from '@latentkit/core';
import type { Fault } from '@latentkit/data';
import { folderNameOf } from '@latentkit/system';
import type { Command } from 'commander';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { tellLabelsUnused } from '../model/labels-unused.ts';
import { addModelOptions, MODEL, type ModelFlags, openModel } from '../model/model-options.ts';
import { parseFolder, parseInteger, parseNumber } from '../options.ts';
import { namePictures } from '../pictures/name-pictures.ts';
import { checkEmptyFolder, fillFolder } from '../pictures/own-folder.ts';
import { keepInputs } from '../pictures/picture-inputs.ts';
import { tellFiles } from '../pictures/picture-options.ts';
import { countProgress } from '../progress/count-progress.ts';
import { tellBad } from '../tell-bad.ts';

const EXAMPLES = `
Examples:
  latentkit augment models/mine ./few --count 10 --out more      ten of each picture, in the same folders
  latentkit train --data more --out run                          and train on them

The folders that pictures lie in, which are their labels, stay: cats/7.png becomes cats/7-0.png and so on,
or cats/7.png-0.png where a cats/7.jpg lies beside it. They are the labels that a conditional model is given,
too, unless --condition names one for all. Variants go into a folder that is absent or empty: none is written over.`;

interface AugmentFlags extends ModelFlags {
  readonly out: string;
  readonly count: number;
  readonly seed: number;
  readonly temperature?: number;
  readonly json?: boolean;
}

export function addAugment(program: Command, io: Io): void {
  const command = program
    .command('augment')
    .summary('draw variants of pictures, to enlarge a small data set')
    .description(
      'Draw variants of pictures from their posteriors: a data set with the same labels.',
    )
    .argument('<model>', MODEL)
    .argument(
      '<source...>',
      'folders, globs, lists, archives or arrays of pictures, or single ones',
    )
    .requiredOption('-o, --out <folder>', 'where the variants go', parseFolder)
    .option('-n, --count <n>', 'variants of each picture', parseInteger, 4)
    .option('--seed <n>', 'seed of the draws', parseInteger, 0)
    .option('--temperature <x>', 'factor on their spread (default: 1)', parseNumber);
  addModelOptions(command)
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', EXAMPLES)
    .action((model: string, sources: string[], flags: AugmentFlags) =>
      interruptible(io, 'Stopping; no picture is written.', (signal) =>
        augment(model, sources, flags, signal, io),
      ),
    );
}

async function augment(
  path: string,
  sources: readonly string[],
  flags: AugmentFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  keepInputs(flags.out, sources);
  checkEmptyFolder(flags.out);
  const { itemBatches } = await import('@latentkit/data');
  const { writePictures } = await import('../pictures/write-pictures.ts');
  const { count, seed, temperature, condition, out } = flags;
  const model = await openModel(path, flags, signal);
  const progress = countProgress(io, 'drew from');
  const bad: Fault[] = [];
  const folders: string[] = [];
  let nameOf = namePictures([]);
  const drawInto = async (folder: string) => {
    const files: string[] = [];
    const batches = itemBatches(sources, model.card, {
      signal,
      labelled: condition === undefined,
      onOpen: (ids) => {
        nameOf = namePictures(ids);
      },
      onBad: (fault) => void bad.push(fault),
      onProgress: progress.show,
    });
    const seeds = createRandom(seed, 'augment/batches');
    let batchSeed = seed;
    for await (const { ids, items, labels } of batches) {
      folders.push(...ids.map(folderNameOf));
      const options = {
        ...{ count, seed: batchSeed, temperature, signal },
        condition: condition ?? labels,
      };
      const { mean } = await model.augment(items, options);
      const names = ids
        .map(nameOf)
        .flatMap((name) => Array.from({ length: count }, (_, i) => `${name}-${i}`));
      files.push(...(await writePictures(mean, model.card, { out: `${folder}/`, names })));
      // Another seed for each batch, as the draws of one begin anew; drawn, as that of the next run may be one more.
      batchSeed = seeds.uint32();
    }
    return files;
  };
  let files: string[];
  try {
    files = await fillFolder(resolve(out), drawInto);
  } finally {
    progress.clear();
    await model.dispose();
  }
  tellLabelsUnused(condition, model.card, folders, io);
  tellFiles(files, files.length, flags, io, { bad });
  if (!flags.json) tellBad(bad, io);
}
