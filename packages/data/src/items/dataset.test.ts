import { describe, expect, test } from '@jest/globals';
import { pickItems, type Split, spreadItems } from './dataset.ts';
import { readItems } from './packed-items.ts';

const split: Split = {
  images: Float32Array.from({ length: 12 }, (_, i) => i / 12),
  labels: Uint8Array.of(0, 0, 0, 1, 1, 1),
  factors: { names: ['size'], values: Float32Array.of(0, 1, 2, 3, 4, 5) },
  count: 6,
};

const packed: Split = {
  ...split,
  images: {
    store: { kind: 'memory', bytes: new SharedArrayBuffer(12) },
    ...{ itemSize: 2, dtype: 'uint8', scale: 1, offset: 0, rows: Uint32Array.of(5, 4, 3, 2, 1, 0) },
  },
};

describe('pickItems', () => {
  test('takes values, labels and factors of the same items', () => {
    const picked = pickItems(split, [4, 1]);
    expect(readItems(picked)).toEqual(Float32Array.of(8 / 12, 9 / 12, 2 / 12, 3 / 12));
    expect(picked).toMatchObject({
      labels: Uint8Array.of(1, 0),
      factors: { names: ['size'], values: Float32Array.of(4, 1) },
      count: 2,
    });
  });

  test('of packed items takes their places', () => {
    expect(pickItems(packed, [4, 1]).images).toMatchObject({
      rows: Uint32Array.of(1, 4),
    });
  });
});

test.each([[[6]], [[-1]], [[0.5]], [{}]])('pickItems refuses the positions %j', (positions) => {
  expect(() => pickItems(split, positions as never)).toThrow(/^positions?: expected /);
});

describe('spreadItems', () => {
  test('takes items of every class, where they stand class by class', () => {
    expect(spreadItems(split, 2)).toMatchObject({ labels: Uint8Array.of(0, 1), count: 2 });
    expect(spreadItems(split, 4).factors?.values).toEqual(Float32Array.of(0, 1, 3, 4));
  });

  test('gives the split itself where it has no more', () => {
    expect(spreadItems(split, 6)).toBe(split);
    expect(spreadItems(split, 60)).toBe(split);
  });

  test('refuses what is no number of items', () => {
    expect(() => spreadItems(split, -1)).toThrow(/^count: /);
  });
});
