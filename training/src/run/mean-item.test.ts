import { expect, test } from '@jest/globals';
import { meanItem } from './mean-item.ts';

test('is the mean of each element, over more items than are read at a time', () => {
  const count = 1025;
  const images = Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? i / 2 : 7));
  expect([...meanItem({ images, labels: new Uint8Array(count), count })]).toEqual([512, 7]);
});

test('of packed items the same as of their values', () => {
  const bytes = new SharedArrayBuffer(6);
  new Uint8Array(bytes).set([0, 255, 51, 51, 102, 0]);
  const rows = Uint32Array.of(0, 2);
  const images = {
    store: { kind: 'memory', bytes },
    dtype: 'uint8',
    itemSize: 2,
    scale: 1 / 255,
    offset: 0,
    rows,
  } as const;
  const [first, second] = meanItem({ images, labels: new Uint8Array(2), count: 2 });
  expect(first).toBeCloseTo(0.2, 6);
  expect(second).toBeCloseTo(0.5, 6);
});
