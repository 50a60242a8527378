import { describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import { type ItemData, isPacked, makeStrokes } from '@latentkit/data';
import { binarisedDataset, binariseInPlace } from './binarise.ts';

test('draws 0 or 1 with the value as probability, and leaves 0 and 1 alone', () => {
  const n = 20_000;
  const drawn = binariseInPlace(new Float32Array(n).fill(0.3), createRandom(1));
  expect([...new Set(drawn)].sort()).toEqual([0, 1]);
  const share = drawn.reduce((sum, value) => sum + value, 0) / n;
  expect(Math.abs(share - 0.3)).toBeLessThan(5 * Math.sqrt(0.21 / n));
  expect([...binariseInPlace(Float32Array.of(0, 1), createRandom(1))]).toEqual([0, 1]);
});

describe('binarisedDataset', () => {
  const dataset = makeStrokes(20, 20, 1);
  const isBinary = (values: ItemData) =>
    !isPacked(values) && values.every((value) => value === 0 || value === 1);

  test('static: both splits, the same on every call, and the original is kept', () => {
    const { train, test: held } = binarisedDataset(dataset, 'static');
    expect([isBinary(train.images), isBinary(held.images)]).toEqual([true, true]);
    expect(binarisedDataset(dataset, 'static').test.images).toEqual(held.images);
    expect(isBinary(dataset.test.images)).toBe(false);
    expect(train.labels).toBe(dataset.train.labels);
  });

  test('dynamic: the test items once, the same as static; the training items stay for each step', () => {
    const dynamic = binarisedDataset(dataset, 'dynamic');
    expect(dynamic.train).toBe(dataset.train);
    expect(dynamic.test.images).toEqual(binarisedDataset(dataset, 'static').test.images);
  });

  test('none: the data as they are', () => {
    expect(binarisedDataset(dataset, 'none')).toBe(dataset);
  });
});
