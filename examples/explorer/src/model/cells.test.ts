import { expect, test } from '@jest/globals';
import { nearestCodes } from './cells.ts';

test('finds the entries nearest to one, without itself, the nearest first', () => {
  // Entries on a line: 0, 10, 1, 5.
  const entries = Float32Array.of(0, 0, 10, 0, 1, 0, 5, 0);
  expect(nearestCodes(entries, 2, 0, 3)).toEqual([2, 3, 1]);
  expect(nearestCodes(entries, 2, 1, 2)).toEqual([3, 2]);
  expect(nearestCodes(entries, 2, 3, 99)).toEqual([2, 0, 1]);
});
