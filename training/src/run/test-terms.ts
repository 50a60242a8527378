import { posteriorNoise } from '@latentkit/core/runtime';
import { readItems, type Split } from '@latentkit/data';
import type { Engine, Terms } from '../engines/engine.ts';
import type { Trainable } from '../families/family.ts';
import { oneHotLabels } from './batches/batches.ts';
import { addTerms, meanTerms, NO_TERMS } from './terms.ts';

const BATCH = 500;
/** Fixed, so that two evaluations differ by their weights alone. */
export const TEST_NOISE_SEED = 0;

export interface TestBatch {
  readonly items: Float32Array;
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
      items: readItems(split, from, from + size),
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
  { noiseSize, labels: classes, testTogether = BATCH }: TestedModel,
): Promise<Terms> {
  let sums = NO_TERMS;
  for (const batch of testBatches(split, noiseSize, TEST_NOISE_SEED)) {
    for (const { items, labels, noise, count } of cut(batch, testTogether)) {
      const oneHot = classes > 0 ? oneHotLabels(labels, classes) : undefined;
      sums = addTerms(sums, await engine.evaluate({ items, labels: oneHot, noise }), count);
    }
  }
  return meanTerms(sums);
}

type TestedModel = Pick<Trainable, 'noiseSize' | 'labels' | 'testTogether'>;

/** A batch in parts of so many items at most. */
function* cut(batch: TestBatch, most: number): Generator<TestBatch> {
  for (let from = 0; from < batch.count; from += most) {
    const count = Math.min(most, batch.count - from);
    const rows = (values: Float32Array) => {
      const size = values.length / batch.count;
      return values.subarray(from * size, (from + count) * size);
    };
    yield {
      items: rows(batch.items),
      labels: batch.labels.subarray(from, from + count),
      noise: rows(batch.noise),
      count,
    };
  }
}
