import { createRandom, type Random } from '@latentkit/core';
import { type Dataset, readItems, type Split } from '@latentkit/data';
import type { Binarisation } from '../settings/choices.ts';

/** Replaces each value by a draw from Bernoulli(value), in place. */
export function binariseInPlace(values: Float32Array, random: Random): Float32Array {
  for (let i = 0; i < values.length; i++) {
    const p = values[i] as number;
    // Most pixels are 0 or 1 and need no draw; skipping it keeps the stream a function of the data alone.
    if (p > 0 && p < 1) values[i] = random.uniform() < p ? 1 : 0;
  }
  return values;
}

/** Fixed, so that test figures of different runs are on the same items. */
const SEED = 0;

/**
 * A data set as a run sees it: the test items of a binarised one are drawn once, whatever the run's
 * seed, and those for validation; its training items too where they are static, and as they are where each step draws them anew.
 */
export function binarisedDataset(dataset: Dataset, binarise: Binarisation): Dataset {
  if (binarise === 'none') return dataset;
  const { train, validation, test } = dataset;
  return {
    ...dataset,
    train: binarise === 'static' ? binarisedSplit(train, 'train') : train,
    ...(validation ? { validation: binarisedSplit(validation, 'validation') } : {}),
    test: binarisedSplit(test, 'test'),
  };
}

/** A split with each value drawn once; the same whenever it is asked for. */
export function binarisedSplit(
  split: Split,
  part: 'train' | 'validation' | 'test',
): Split<Float32Array> {
  const random = createRandom(SEED, `binarise/${part}`);
  return { ...split, images: binariseInPlace(readItems(split).slice(), random) };
}
