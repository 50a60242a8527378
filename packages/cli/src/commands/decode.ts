import { resolve } from 'node:path';
import { ArgumentError, LatentkitError, sizeOf, tensor } from '@latentkit/core';
import type { Command } from 'commander';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { addModelOptions, MODEL, type ModelFlags, openModel } from '../model/model-options.ts';
import { namePictures } from '../pictures/name-pictures.ts';
import { checkEmptyFolder, fillFolder } from '../pictures/own-folder.ts';
import { addPictureOptions, type PictureFlags, tellFiles } from '../pictures/picture-options.ts';
import { pictureKindOf } from '../pictures/picture-path.ts';

const EXAMPLES = `
Examples:
  latentkit decode models/mine vectors.parquet --out decoded     a PNG a row, named after its id
  latentkit decode models/mine vectors.npy --out sheet.png       all on one sheet

Names keep the endings of ids only where they differ in nothing else: a.jpg and a.webp become a.jpg.png and
a.webp.png. They go into a folder that is absent or empty. Vectors of another latent space are refused.`;

/** Rows that fit on a sheet or into an animation. */
const TOGETHER = 2048;

interface DecodeFlags extends ModelFlags, PictureFlags {}

export function addDecode(program: Command, io: Io): void {
  const command = program
    .command('decode')
    .summary('make pictures of vectors')
    .description("Make pictures of the vectors that 'latentkit embed' wrote.")
    .argument('<model>', MODEL)
    .argument('<vectors>', '.parquet, .npy, .jsonl or .csv');
  addPictureOptions(addModelOptions(command))
    .addHelpText('after', EXAMPLES)
    .action((model: string, vectors: string, flags: DecodeFlags) =>
      interruptible(io, 'Stopping; no picture is written.', (signal) =>
        decode(model, vectors, flags, signal, io),
      ),
    );
}

async function decode(
  path: string,
  file: string,
  flags: DecodeFlags,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  const { openVectors } = await import('@latentkit/data');
  const { writePictures } = await import('../pictures/write-pictures.ts');
  const { info, blocks } = await openVectors(file);
  const isFolder = pictureKindOf(flags.out) === 'folder';
  if (isFolder) checkEmptyFolder(flags.out);
  if (info.count === 0) throw new LatentkitError('invalid-data', `${file} holds no vectors.`);
  if (!isFolder && info.count > TOGETHER) {
    throw new LatentkitError(
      'invalid-argument',
      `--out: expected a folder, for more than ${TOGETHER} pictures (${file} has ${info.count} rows).`,
    );
  }
  const model = await openModel(path, flags, signal);
  try {
    if (info.space !== model.space) {
      throw new ArgumentError(
        'vectors',
        `vectors of the latent space of ${resolve(path)} (${model.space.slice(0, 12)}…); decode with the model that made them`,
        `${file}, of the latent space of ${info.model} (${info.space.slice(0, 12)}…)`,
      );
    }
    const { condition } = flags;
    const decoded = async function* () {
      for await (const { rows, vectors } of blocks()) {
        const z = tensor(vectors, [rows.length, info.size]);
        const { mean } = await model.decoder.decode(z, { condition, signal });
        yield { rows, mean };
      }
    };
    const drawInto = async (folder: string) => {
      // Before the first is written: what a picture is called hangs on the names of all.
      const nameOf = namePictures(await idsOf(blocks()));
      const files: string[] = [];
      for await (const { rows, mean } of decoded()) {
        const names = rows.map(({ id }) => nameOf(id));
        const out = { ...flags, out: `${folder}/`, names };
        files.push(...(await writePictures(mean, model.card, out)));
      }
      return files;
    };
    const drawTogether = async () => {
      const data = new Float32Array(info.count * sizeOf(model.card.item.shape));
      let at = 0;
      for await (const { mean } of decoded()) {
        data.set(mean.data, at);
        at += mean.data.length;
      }
      return writePictures(tensor(data, [info.count, ...model.card.item.shape]), model.card, flags);
    };
    const files = isFolder ? await fillFolder(resolve(flags.out), drawInto) : await drawTogether();
    tellFiles(files, info.count, flags, io);
  } finally {
    await model.dispose();
  }
}

async function idsOf(
  blocks: AsyncIterable<{ readonly rows: readonly { readonly id: string }[] }>,
): Promise<string[]> {
  const ids: string[] = [];
  for await (const { rows } of blocks) for (const { id } of rows) ids.push(id);
  return ids;
}
