import { expect, test } from '@jest/globals';
import { gatherItems, makeStrokes } from '@latentkit/data';
import { epochOrder, stepNoise } from './batches.ts';

test('an epoch meets every item once, in an order of its own', () => {
  const first = epochOrder(500, 1, 1);
  expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, i) => i));
  expect(epochOrder(500, 1, 1)).toEqual(first);
  expect(epochOrder(500, 1, 2)).not.toEqual(first);
  expect(epochOrder(500, 2, 1)).not.toEqual(first);
});

test('noise is standard normal, and each step has its own', () => {
  const noise = stepNoise(20_000, 1, 1);
  const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
  const variance = noise.reduce((sum, value) => sum + (value - mean) ** 2, 0) / noise.length;
  expect(Math.abs(mean)).toBeLessThan(0.03);
  expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  expect(stepNoise(10, 1, 1)).toEqual(noise.slice(0, 10));
  expect(stepNoise(10, 1, 2)).not.toEqual(stepNoise(10, 1, 1));
});

test('gather copies items in the order of their indices', () => {
  const { train } = makeStrokes(5, 1, 1);
  const batch = gatherItems(train, Uint32Array.of(3, 0), new Float32Array(4 * 784));
  expect(batch).toEqual(
    Float32Array.from([
      ...train.images.subarray(3 * 784, 4 * 784),
      ...train.images.subarray(0, 784),
    ]),
  );
});
