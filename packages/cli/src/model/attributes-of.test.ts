import { expect, test } from '@jest/globals';
import type { Dataset } from '@latentkit/data';
import { attributesOf } from './attributes-of.ts';

test('data without attributes are told where to put some', () => {
  const data = {
    name: 'photos',
    labelNames: [],
    train: { count: 2, labels: Int32Array.of(0, 0) },
  } as unknown as Dataset;
  expect(attributesOf(data, undefined, { optional: true })).toEqual([]);
  expect(() => attributesOf(data)).toThrow(
    /^attributes of photos: expected some: .*labels\.csv in the folder.*a folder for each class, received 'none'\.$/,
  );
});
