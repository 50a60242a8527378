import { describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import { gatherItems, makeStrokes } from '@latentkit/data';
import { binariseInPlace } from '../../data/binarise.ts';
import { codeOf } from '../../testing.ts';
import { BatchMaker, type BatchPlan } from './batch-maker.ts';
import { openBatchSource, withSharedItems } from './batch-source.ts';
import { epochOrder, oneHotLabels, stepNoise } from './batches.ts';

const unshared = makeStrokes(50, 1, 1).train;
const train = withSharedItems(unshared, 3);
const PLAN: BatchPlan = { batchSize: 16, seed: 7, binarise: true, classes: 10, noiseSize: 3 };
const PER_EPOCH = 4;

/** The batch of a step, put together from its parts. */
function expected(step: number) {
  const epoch = Math.ceil(step / PER_EPOCH);
  const from = ((step - 1) % PER_EPOCH) * PLAN.batchSize;
  const indices = epochOrder(train.count, PLAN.seed, epoch).subarray(from, from + PLAN.batchSize);
  const items = gatherItems(train, indices, new Float32Array(indices.length * 784));
  binariseInPlace(items, createRandom(PLAN.seed, `binarise/${step}`));
  return {
    items,
    labels: oneHotLabels(
      Uint8Array.from(indices, (index) => train.labels[index] as number),
      PLAN.classes,
    ),
    noise: stepNoise(indices.length * PLAN.noiseSize, PLAN.seed, step),
  };
}

test('the batches ahead are those of their steps, from wherever a run goes on', async () => {
  const [from, to] = [3, 11];
  const source = openBatchSource({ split: train, plan: PLAN, from, to });
  for (let step = from; step <= to; step++) {
    const { items, labels, noise } = await source.next();
    expect({ step, items, labels, noise }).toEqual({ step, ...expected(step) });
  }
  await source.close();
});

test('made on demand they are the same', async () => {
  const maker = new BatchMaker(train, PLAN);
  const memory = maker.allocate();
  for (const step of [4, 5, 8, 1]) {
    expect({ step, ...maker.fill(step, memory) }).toEqual({ step, ...expected(step) });
  }
  expect(expected(4).items.length).toBe((50 - 3 * 16) * 784);
  const source = openBatchSource({ split: unshared, plan: PLAN, from: 3, to: 11 });
  for (const step of [3, 4, 5]) {
    expect({ step, ...(await source.next()) }).toEqual({ step, ...expected(step) });
  }
  await source.close();
});

describe('the thread', () => {
  test('ends when it is closed, also with batches that nobody took', async () => {
    const source = openBatchSource({ split: train, plan: PLAN, from: 1, to: 1000 });
    await source.next();
    await source.close();
  });

  test('tells what went wrong, at once and to whoever asks later', async () => {
    const source = openBatchSource({
      split: train,
      plan: { ...PLAN, seed: -1 },
      from: 1,
      to: 10,
    });
    expect(await codeOf(() => source.next())).toBe('runtime');
    await expect(source.next()).rejects.toThrow(/makes the batches failed: .*seed.*Resume/);
    await source.close();
  });
});

test('items are shared where a core is left for the thread', () => {
  expect((train.images as Float32Array).buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(train.images).toEqual(unshared.images);
  expect(withSharedItems(unshared, 2)).toBe(unshared);
});
