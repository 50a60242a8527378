import { expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import type { Dataset, Split } from './dataset.ts';
import { nearDuplicates } from './near-duplicates.ts';

const SIZE = 16 * 16 * 3;

/** Smooth pictures, as different as chance makes them. */
function picture(seed: number): Float32Array {
  const random = createRandom(seed, 'near-duplicates');
  const [a, b, c, d] = Array.from({ length: 4 }, () => random.uniform() * 6) as [
    number,
    number,
    number,
    number,
  ];
  return Float32Array.from({ length: SIZE }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % 16, Math.floor(i / 48)];
    return 0.5 + 0.25 * Math.sin(a + (x * b) / 8 + (i % 3)) + 0.25 * Math.cos(c + (y * d) / 8);
  });
}

function dataset(train: Float32Array[], test: Float32Array[]): Dataset {
  const split = (items: Float32Array[]): Split => ({
    images: Float32Array.from(items.flatMap((item) => [...item])),
    labels: new Uint8Array(items.length),
    count: items.length,
  });
  return {
    name: 'made',
    itemShape: [16, 16, 3],
    valueRange: [0, 1],
    labelNames: [],
    description: '',
    provenance: '',
    train: split(train),
    test: split(test),
  };
}

test('finds the same picture, also when it is a little brighter or noisier, and no other', () => {
  const train = Array.from({ length: 40 }, (_, i) => picture(i));
  const random = createRandom(5);
  const noisy = picture(7).map((value) => value + 0.01 * (random.uniform() - 0.5));
  const brighter = picture(9).map((value) => value + 0.02);
  const test = [picture(100), picture(3), picture(101), noisy, brighter];
  expect(nearDuplicates(dataset(train, test))).toEqual([
    { train: 3, test: 1 },
    { train: 7, test: 3 },
    { train: 9, test: 4 },
  ]);
});

test('the same shape in other values is another picture', () => {
  const shape = picture(3);
  expect(nearDuplicates(dataset([shape], [shape.map((value) => value * 0.5)]))).toEqual([]);
});
