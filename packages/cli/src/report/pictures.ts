import type { Autoencoder } from '@latentkit/core';
import { sizeOf } from '@latentkit/core';
import { readItems, type Split } from '@latentkit/data';
import { rasterToPng } from './png.ts';
import { drawSheet } from './sheet.ts';

/** A picture of the report: a file of its own, and a part of the page. */
export interface Picture {
  readonly file: string;
  readonly title: string;
  readonly text: string;
  readonly alt: string;
  readonly png: Buffer;
}

const COLUMNS = 12;
const SAMPLES = 5 * COLUMNS;
/** Ends of the interpolations, by class. */
const PATHS = [
  [3, 8],
  [4, 9],
  [1, 7],
  [0, 6],
] as const;

/** Draws what a model does with test items: reconstructions, samples, interpolations. */
export async function drawPictures(
  vae: Autoencoder,
  test: Split,
  seed: number,
  signal: AbortSignal,
): Promise<Picture[]> {
  const { shape, range } = vae.card.item;
  const itemShape = asImage(shape);
  const size = sizeOf(shape);
  const png = (items: Float32Array, rowsTogether = 1) =>
    rasterToPng(drawSheet(items, { itemShape, range, columns: COLUMNS, rowsTogether }));

  const originals = readItems(test, 0, Math.min(test.count, 2 * COLUMNS));
  const reconstructions = (await vae.reconstruct(originals, { signal })).mean.data;
  const half = COLUMNS * size;
  const pairs = join([
    originals.subarray(0, half),
    reconstructions.subarray(0, half),
    originals.subarray(half),
    reconstructions.subarray(half),
  ]);

  const samples = (await vae.sample(SAMPLES, { seed, signal })).mean.data;

  const rows: Float32Array[] = [];
  for (const [from, to] of PATHS) {
    const [a, b] = [from, to].map((label) => itemOf(test, label)) as [Float32Array, Float32Array];
    rows.push((await vae.interpolate(a, b, { steps: COLUMNS, path: 'slerp', signal })).mean.data);
  }

  return [
    {
      file: 'reconstructions.png',
      title: 'Originals and reconstructions',
      text: `Test items that the model never saw, and below each what is left of it after a passage through ${vae.card.latent.size} numbers.`,
      alt: `Two rows of ${COLUMNS} test items, each item with its reconstruction below it.`,
      png: await png(pairs, 2),
    },
    {
      file: 'samples.png',
      title: 'Samples',
      text: `Drawn from nothing: random points of the latent space, decoded. The seed is ${seed}, and gives the same pictures on every device.`,
      alt: `${SAMPLES} items decoded from random latents.`,
      png: await png(samples),
    },
    {
      file: 'interpolations.png',
      title: 'Interpolations',
      text: 'From one test item (left) to another (right) through the latent space, in equal steps.',
      alt: `${PATHS.length} rows of ${COLUMNS} items, each row turning one digit into another: ${PATHS.map(([from, to]) => `${from} into ${to}`).join(', ')}.`,
      png: await png(join(rows)),
    },
  ];
}

function asImage(shape: readonly number[]): [number, number, number] {
  const [height = 1, width = 1, channels = 1] = shape;
  return [height, width, channels];
}

/** The first item of a class; the first of all where the class is absent. */
function itemOf(test: Split, label: number): Float32Array {
  const index = Math.max(0, test.labels.indexOf(label));
  return readItems(test, index, index + 1);
}

function join(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
