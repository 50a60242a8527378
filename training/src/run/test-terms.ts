import { posteriorNoise } from '@latentkit/core/runtime';
import { itemSizeOf, readItems, type Split } from '@latentkit/data';
import type { Engine, Terms } from '../engines/engine.ts';
import type { Trainable } from '../families/family.ts';
import { oneHotLabels } from './batches/batches.ts';
import { addTerms, meanTerms, NO_TERMS } from './terms.ts';

const BATCH = 500;
/** Elements of items that are computed on together: a batch of 64 × 64 in colour. What a graph holds grows with them. */
const MOST_ELEMENTS = BATCH * 64 * 64 * 3;
/** Fixed, so that two evaluations differ by their weights alone. */
export const TEST_NOISE_SEED = 0;

export interface TestBatch {
  /** The items `from` to `to` of the batch; all of them where these are left out. */
  readonly items: (from?: number, to?: number) => Float32Array;
  readonly labels: Split['labels'];
  readonly noise: Float32Array;
  readonly count: number;
}

/**
 * Cuts a split into batches with the noise that belongs to them, in order: what a loaded model draws
 * from `seed` + the batch's number, so that a figure from an export can be held against the trainer's.
 */
export function* testBatches(split: Split, noiseSize: number, seed: number): Generator<TestBatch> {
  const { labels, count } = split;
  const drawNoise = (items: number, batch: number) =>
    posteriorNoise(items, noiseSize, { seed: seed + batch }).data;
  for (let from = 0; from < count; from += BATCH) {
    const size = Math.min(BATCH, count - from);
    yield {
      items: (first = 0, end = size) => readItems(split, from + first, from + end),
      labels: labels.subarray(from, from + size),
      noise: noiseSize > 0 ? drawNoise(size, from / BATCH) : new Float32Array(0),
      count: size,
    };
  }
}

/** Means over the items of a split with β = 1. */
export async function testTerms(
  engine: Engine,
  split: Split,
  {
    noiseSize,
    labels: classes,
    testTogether = BATCH,
  }: Pick<Trainable, 'noiseSize' | 'labels' | 'testTogether'>,
): Promise<Terms> {
  const fitting = Math.floor(MOST_ELEMENTS / itemSizeOf(split));
  const rows = Math.max(1, Math.min(BATCH, fitting, testTogether));
  let sums = NO_TERMS;
  for (const { items, labels, noise, count } of testBatches(split, noiseSize, TEST_NOISE_SEED)) {
    for (let from = 0; from < count; from += rows) {
      const to = Math.min(count, from + rows);
      const terms = await engine.evaluate({
        items: items(from, to),
        labels: classes > 0 ? oneHotLabels(labels.subarray(from, to), classes) : undefined,
        noise: noise.subarray(from * noiseSize, to * noiseSize),
      });
      sums = addTerms(sums, terms, to - from);
    }
  }
  return meanTerms(sums);
}
