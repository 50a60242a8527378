import { type Autoencoder, hasPrior, sizeOf } from '@latentkit/core';
import { sizeInWords } from '@latentkit/core/runtime';
import { readItems, type Split } from '@latentkit/data';
import { formatDecimals } from '../format.ts';
import { interpolationEnds } from './interpolation-ends.ts';
import { rasterToPng } from './png.ts';
import { drawSheet } from './sheet.ts';
import { shownItems } from './shown-items.ts';

/** A picture of the report: a file of its own, and a part of the page. */
export interface Picture {
  readonly file: string;
  readonly title: string;
  readonly text: string;
  readonly alt: string;
  readonly png: Buffer;
}

export interface PictureOptions {
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  /** Items of one row; 12 by default. */
  readonly columns?: number | undefined;
  /** Ends of the interpolations, by class; items of different classes by default, or far from each other where they have none. */
  readonly paths?: readonly (readonly [from: number, to: number])[] | undefined;
  /** The KL of each dimension, where the latent has such: those that carry most are traversed. */
  readonly klByDimension?: readonly number[] | undefined;
}

const PATHS = 4;
const TRAVERSED = 8;
/** Ends of a traversal, in standard deviations of the prior. */
const REACH = 3;

/**
 * Draws what a model does with test items, whatever its family: reconstructions, samples where there is a
 * prior, interpolations, and traversals of the dimensions that carry most.
 */
export async function drawPictures(
  model: Autoencoder,
  test: Split,
  options: PictureOptions,
): Promise<Picture[]> {
  const { card } = model;
  const { shape, range } = card.item;
  const { columns = 12 } = options;
  const png: Sheets['png'] = (items, { across = columns, rowsTogether = 1 } = {}) => {
    const itemShape = asImage(shape);
    const scale = scaleOf(itemShape);
    return rasterToPng(
      drawSheet(items, { itemShape, range, columns: across, rowsTogether, scale }),
    );
  };
  const sheets = { model, test, columns, png, options };
  return [
    await reconstructions(sheets),
    ...(hasPrior(card) ? [await samples(sheets)] : []),
    await interpolations(sheets),
    ...(options.klByDimension ? [await traversals(sheets, options.klByDimension)] : []),
  ];
}

interface Sheets {
  readonly model: Autoencoder;
  readonly test: Split;
  readonly columns: number;
  readonly options: PictureOptions;
  png(
    items: Float32Array,
    options?: { readonly across?: number; readonly rowsTogether?: number },
  ): Promise<Buffer>;
}

async function reconstructions({ model, test, columns, options, png }: Sheets): Promise<Picture> {
  const { card } = model;
  // A second pair of rows where it is whole: a sheet has no gaps.
  const count = Math.min(test.count, test.count < 2 * columns ? columns : 2 * columns);
  const shown = shownItems(test, count);
  const originals = readItems(shown);
  const condition = card.condition ? [...shown.labels] : undefined;
  const again = (await model.reconstruct(originals, { signal: options.signal, condition })).mean
    .data;
  const across = Math.min(columns, count);
  const half = across * sizeOf(card.item.shape);
  const rows = [originals.subarray(0, half), again.subarray(0, half)];
  if (count === 2 * columns) rows.push(originals.subarray(half), again.subarray(half));
  const latent = sizeInWords(card.latent);
  return {
    file: 'reconstructions.png',
    title: 'Originals and reconstructions',
    text: `Test items that the model never saw, and below each what is left of it after a passage through ${latent}.`,
    alt: `Rows of test items, each item with its reconstruction below it.`,
    png: await png(join(rows), { across, rowsTogether: 2 }),
  };
}

async function samples({ model, columns, options, png }: Sheets): Promise<Picture> {
  const { seed, signal } = options;
  const { condition } = model.card;
  const labels = condition?.labels ?? [];
  // A row for each class of a conditional model, as far as there is room.
  const rows = labels.length > 0 ? Math.min(labels.length, 12) : 5;
  const count = rows * columns;
  const each = Array.from({ length: count }, (_, i) => Math.floor(i / columns));
  const drawn = await model.sample(count, {
    seed,
    signal,
    condition: condition ? each : undefined,
  });
  const classes = condition ? `, a row each for ${labels.slice(0, rows).join(', ')}` : '';
  return {
    file: 'samples.png',
    title: 'Samples',
    text: `Drawn from nothing: random points of the latent space, decoded${classes}. The seed is ${seed}, and gives the same pictures on every device.`,
    alt: `${count} items decoded from random latents${classes}.`,
    png: await png(drawn.mean.data),
  };
}

async function interpolations({ model, test, columns, options, png }: Sheets): Promise<Picture> {
  const { signal, paths } = options;
  const ends = paths
    ? paths.map((path) => path.map((label) => firstOf(test, label)))
    : interpolationEnds(test, PATHS);
  const rows: Float32Array[] = [];
  for (const [from = 0, to = 0] of ends) {
    const [a, b] = [from, to].map((i) => readItems(test, i, i + 1)) as [Float32Array, Float32Array];
    const path = await model.interpolate(a, b, {
      steps: columns,
      path: 'slerp',
      signal,
      condition: conditionOf(model, test, from),
    });
    rows.push(path.mean.data);
  }
  const words = paths?.map(([from, to]) => `${from} into ${to}`).join(', ');
  return {
    file: 'interpolations.png',
    title: 'Interpolations',
    text: 'From one test item (left) to another (right) through the latent space, in equal steps.',
    alt: `${rows.length} rows of ${columns} items, each row turning one item into another${words === undefined ? '' : `: ${words}`}.`,
    png: await png(join(rows)),
  };
}

async function traversals(
  { model, test, columns, options: { signal }, png }: Sheets,
  klByDimension: readonly number[],
): Promise<Picture> {
  const size = klByDimension.length;
  const condition = conditionOf(model, test, 0);
  const { data: z } = await model.encoder.embed(readItems(test, 0, 1), { signal, condition });
  const order = klByDimension
    .map((_, i) => i)
    .sort((a, b) => (klByDimension[b] as number) - (klByDimension[a] as number))
    .slice(0, TRAVERSED);
  const latents = new Float32Array(order.length * columns * size);
  for (const [row, dimension] of order.entries()) {
    for (let column = 0; column < columns; column++) {
      const at = (row * columns + column) * size;
      latents.set(z, at);
      latents[at + dimension] = REACH * ((2 * column) / (columns - 1) - 1);
    }
  }
  const decoded = await model.decoder.decode(latents, { signal, condition });
  const carried = order
    .map((i) => `${i} (${formatDecimals(klByDimension[i] as number, 1)})`)
    .join(', ');
  return {
    file: 'traversals.png',
    title: 'Traversals',
    text: `The first test item with one number of its latent moved from −${REACH} to ${REACH}; a row for each of the dimensions that carry most, with their KL in nats: ${carried}.`,
    alt: `${order.length} rows of ${columns} items, each row changing one dimension of the latent.`,
    png: await png(decoded.mean.data),
  };
}

/** The class of an item, for a conditional model. */
function conditionOf({ card }: Autoencoder, { labels }: Split, index: number): number | undefined {
  return card.condition ? labels[index] : undefined;
}

/** Small items are drawn large. */
function scaleOf([height, width]: readonly [number, number, number]): number {
  return Math.max(1, Math.min(4, Math.floor(112 / Math.max(height, width))));
}

function asImage(shape: readonly number[]): [number, number, number] {
  const [height = 1, width = 1, channels = 1] = shape;
  return [height, width, channels];
}

/** The first item of a class; the first of all where the class is absent. */
function firstOf(test: Split, label: number): number {
  return Math.max(0, test.labels.indexOf(label));
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
