import { expect, test } from '@jest/globals';
import { mostDifferent } from './choose-draws.ts';

test('takes the outermost, then what is furthest from all that were taken', () => {
  const onALine = Float32Array.from([5, 0, 4.9, 10, 5.1, 30]);
  expect(mostDifferent(onALine, 6, 4)).toEqual([5, 1, 3, 0]);
});

test('rows that are alike, or not numbers, are taken once each', () => {
  for (const value of [1, Number.NaN]) {
    const chosen = mostDifferent(new Float32Array(8).fill(value), 4, 3);
    expect(new Set(chosen).size).toBe(3);
  }
  expect(mostDifferent(new Float32Array(8), 4, 9)).toHaveLength(4);
});
