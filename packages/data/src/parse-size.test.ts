import { expect, test } from '@jest/globals';
import { parseSize } from './parse-size.ts';

test.each([
  ['64x48', [64, 48]],
  ['64', [64, 64]],
  [' 24×48 ', [24, 48]],
])('%j is %j', (text, size) => {
  expect(parseSize(text)).toEqual(size);
});

test.each(['', 'x', '64x', 'x64', '64x64x3', '6.4x8', '-4x4', '64 x 64'])('refuses %j', (text) => {
  expect(() => parseSize(text)).toThrow(/^image size: expected height x width/);
});
