import type { ModelCard } from '@latentkit/core';
import { checkInteger, checkList } from '@latentkit/core/runtime';
import { evenlySpaced } from './evenly-spaced.ts';
import { checkItems, type ItemData, isPacked } from './packed-items.ts';

/** Known generating factors of each item, for measuring how a latent space disentangles them. */
export interface Factors {
  readonly names: readonly string[];
  /** [count × names.length], one row an item. */
  readonly values: Float32Array;
}

/** Items of one part of a data set, one after the other. */
export interface Split<D extends ItemData = ItemData> {
  /** [count × item size], in the data set's value range; see `readItems`. */
  readonly images: D;
  /** [count], the class of each item; 0 where there are no classes. */
  readonly labels: Uint8Array | Uint16Array;
  readonly factors?: Factors;
  readonly count: number;
}

export interface Dataset<D extends ItemData = ItemData> {
  readonly name: string;
  /** [height, width, channels] */
  readonly itemShape: readonly [number, number, number];
  /** Smallest and largest value of an element. */
  readonly valueRange: readonly [number, number];
  /** Names of the classes, by label; empty where the items have none. */
  readonly labelNames: readonly string[];
  /** How pictures became items, for the card; absent for items that were no pictures before. */
  readonly preprocessing?: Omit<ModelCard['preprocessing'], 'scale' | 'offset'>;
  readonly train: Split<D>;
  /** For choosing when to stop, where the data have such a part. */
  readonly validation?: Split<D>;
  readonly test: Split<D>;
  /** What the data are, in a sentence or two. */
  readonly description: string;
  /**
   * Where the data came from: files with their digests, or the generator with its seed. Another one for other values,
   * labels, factors or parts: what a training is gone on with must have the same.
   */
  readonly provenance: string;
}

/** The first `count` items of a split, without a copy; the split itself if it has no more. */
export function takeItems(split: Split, count: number | undefined): Split {
  checkItems('split', split);
  if (count === undefined) return split;
  checkInteger('count', count, 0);
  if (count >= split.count) return split;
  const rowsOf = (values: Float32Array) =>
    values.subarray(0, (values.length / split.count) * count);
  const { images } = split;
  const taken: Split = {
    images: isPacked(images) ? { ...images, rows: images.rows.subarray(0, count) } : rowsOf(images),
    labels: split.labels.subarray(0, count),
    count,
  };
  if (!split.factors) return taken;
  const { names, values } = split.factors;
  return { ...taken, factors: { names, values: rowsOf(values) } };
}

/**
 * Items of a split by their positions, as a copy where the values are at hand.
 *
 * @throws ArgumentError for what is no split, or a position outside it
 */
export function pickItems(split: Split, positions: readonly number[]): Split {
  checkItems('split', split);
  checkList('positions', positions);
  for (const at of positions) checkInteger('position', at, 0, split.count - 1);
  const { images, labels, factors } = split;
  const count = positions.length;
  const rowsOf = (values: Float32Array): Float32Array => {
    const size = values.length / split.count;
    const picked = new Float32Array(count * size);
    for (const [i, at] of positions.entries()) {
      picked.set(values.subarray(at * size, (at + 1) * size), i * size);
    }
    return picked;
  };
  const at = (i: number) => positions[i] as number;
  return {
    images: isPacked(images)
      ? { ...images, rows: Uint32Array.from(positions, (from) => images.rows[from] as number) }
      : rowsOf(images),
    labels: labels.slice(0, count).map((_, i) => labels[at(i)] as number),
    count,
    ...(factors ? { factors: { names: factors.names, values: rowsOf(factors.values) } } : {}),
  };
}

/**
 * `count` items from all of a split, at equal steps; the split itself if it has no more. The items of folders stand class
 * by class: the first of them would be of the first class.
 */
export function spreadItems(split: Split, count: number): Split {
  checkItems('split', split);
  checkInteger('count', count, 0);
  if (count >= split.count) return split;
  return pickItems(split, evenlySpaced(split.count, count));
}

/** The class names of data sets of digits. */
export const DIGITS: readonly string[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
