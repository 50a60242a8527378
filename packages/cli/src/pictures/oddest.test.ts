import { expect, test } from '@jest/globals';
import { heat } from './oddest.ts';

test('items are on one scale: the rounding of one that is the same everywhere is not drawn as odd', () => {
  // Of two channels, two items of two pixels: one nearly uniform, one with an odd pixel.
  const terms = Float32Array.of(0.5, 0.5, 0.5, 0.50001, 0.25, 0.25, 4, 6);
  const { colours, scale } = heat(terms, 2);
  expect(scale).toEqual([0.5, 10]);
  const [first, second, least, most] = [0, 1, 2, 3].map((at) => [
    ...colours.subarray(3 * at, 3 * at + 3),
  ]);
  for (const [c, value] of (first as number[]).entries()) {
    expect(Math.abs(value - (second?.[c] as number))).toBeLessThan(1e-4);
  }
  expect(least?.[0]).toBeCloseTo(0.02);
  expect(most?.[0]).toBeCloseTo(0.99);
});
