import { expect, test } from '@jest/globals';
import { drawSheet } from './sheet.ts';
import { checkDrawnSize } from './sheet-size.ts';

const refusal = expect.objectContaining({
  code: 'invalid-argument',
  message: expect.stringMatching(/pixels are too large to draw: .* Take a smaller --scale,/),
});
const errorOf = (call: () => unknown) => {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
};

test('refuses what has too many pixels, or too long a side', () => {
  for (const size of [
    { width: 16_384, height: 16_384 },
    { width: 1_000_001, height: 1 },
    { width: 1, height: 1_000_001 },
    { width: 1000, height: 1000, frames: 269 },
    { width: 17_000, height: 10, longestSide: 16_383 },
  ]) {
    expect(errorOf(() => checkDrawnSize(size))).toEqual(refusal);
  }
  for (const size of [
    { width: 16_383, height: 16_383 },
    { width: 1_000_000, height: 1 },
    { width: 1000, height: 1000, frames: 268 },
  ]) {
    expect(errorOf(() => checkDrawnSize(size))).toBeUndefined();
  }
  expect(() => checkDrawnSize({ width: 20_000, height: 20_000, frames: 3 })).toThrow(
    '3 frames of 20,000 × 20,000 pixels are too large to draw: expected at most 1,000,000 on a side and 268,402,689 in all.',
  );
});

test('a sheet is refused before memory is taken for it', () => {
  const sheet = { itemShape: [1, 1, 1], range: [0, 1], columns: 4, scale: 1e6 } as const;
  expect(errorOf(() => drawSheet(Float32Array.of(0, 1), sheet))).toEqual(refusal);
});
