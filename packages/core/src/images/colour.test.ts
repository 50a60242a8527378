import { expect, test } from '@jest/globals';
import { type Colour, parseColour } from './colour.ts';

test.each<[Colour, number[]]>([
  ['black', [0, 0, 0]],
  ['White', [255, 255, 255]],
  ['#f80', [255, 136, 0]],
  ['#0A0b0C', [10, 11, 12]],
  [
    [1, 2, 255],
    [1, 2, 255],
  ],
])('%j is %j', (colour, rgb) => {
  expect(parseColour(colour)).toEqual(rgb);
});

test.each([['#12345'], ['rebeccapurple'], [[1, 2]], [[1, 2, 256]], [[0.5, 0, 0]], [null], [7]])(
  'refuses %j',
  (colour) => {
    expect(() => parseColour(colour as Colour, '--background')).toThrow(
      /^--background: expected '#rr/,
    );
  },
);
