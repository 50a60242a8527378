import { type Dataset, itemSizeOf, readItems, type Split, takeItems } from '@latentkit/data';
import { checkPositiveInteger } from '../checks.ts';
import { binarisedSplit } from '../data/binarise.ts';
import type { Binarisation } from '../settings/choices.ts';

/** The items that a figure is computed on, with what its protocol must say of them. */
export interface TestItems {
  readonly split: Split;
  readonly count: number;
  /** Elements an item. */
  readonly itemSize: number;
  readonly binarisation: Binarisation;
  /** `10,000 test items of mnist, binarised dynamically (drawn once)` and the like. */
  readonly description: string;
}

export interface TestItemsOptions {
  /** How the model's training saw the items; `'none'` by default. */
  readonly binarisation?: Binarisation | undefined;
  /** The first so many test items; all of them by default. */
  readonly items?: number | undefined;
}

/**
 * Chooses the test items of a data set. Binarised ones are drawn once and for all, whether training
 * drew its items once or anew each time: a figure must not depend on luck.
 */
export function testItems(
  { name, test }: Dataset,
  { binarisation = 'none', items }: TestItemsOptions = {},
): TestItems {
  if (items !== undefined) checkPositiveInteger('test items', items, 10_000_000);
  const taken = takeItems(test, items);
  const split = binarisation === 'none' ? taken : binarisedSplit(taken, 'test');
  const number = taken.count.toLocaleString('en');
  const which = taken.count < test.count ? `the first ${number}` : number;
  const drawn =
    binarisation === 'none'
      ? ''
      : `, binarised ${binarisation === 'dynamic' ? 'dynamically' : 'statically'} (drawn once)`;
  return {
    split,
    count: split.count,
    itemSize: itemSizeOf(split),
    binarisation,
    description: `${which} test items of ${name}${drawn}`,
  };
}

/** One batch of items with the labels that belong to them. */
export interface ItemBatch {
  readonly images: Float32Array;
  readonly labels: Split['labels'];
  /** Index of the first. */
  readonly from: number;
  readonly count: number;
}

export function* itemBatches({ split, count }: TestItems, batchSize = 500): Generator<ItemBatch> {
  for (let from = 0; from < count; from += batchSize) {
    const to = Math.min(from + batchSize, count);
    yield {
      images: readItems(split, from, to),
      labels: split.labels.subarray(from, to),
      from,
      count: to - from,
    };
  }
}
