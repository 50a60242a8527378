import { expect, test } from '@jest/globals';
import { vectorsOfSplit } from './vectors-of-split.ts';

const WIDTH = 3;

function splitOf(count: number) {
  const images = Float32Array.from({ length: count * WIDTH }, (_, i) => (i % 97) / 97);
  return { images, labels: new Uint8Array(count), count };
}

test.each([1, 499, 500, 501, 1203])('%i items, some at a time, in their order', async (count) => {
  const split = splitOf(count);
  const asked: number[] = [];
  const vectors = await vectorsOfSplit(split, async (items) => {
    const n = items.length / WIDTH;
    asked.push(n);
    const data = Float32Array.from({ length: n * 2 }, (_, i) =>
      i % 2 === 0 ? (items[(i / 2) * WIDTH] as number) : n,
    );
    return { data, dims: [n, 2], dtype: 'float32' };
  });
  expect(vectors.dims).toEqual([count, 2]);
  expect(vectors.data).toHaveLength(count * 2);
  expect(vectors.data.filter((_, i) => i % 2 === 0)).toEqual(
    split.images.filter((_, i) => i % WIDTH === 0),
  );
  expect(Math.max(...asked)).toBeLessThanOrEqual(500);
  expect(asked.reduce((sum, n) => sum + n, 0)).toBe(count);
});
