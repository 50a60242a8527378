import { expect, test } from '@jest/globals';
import { ArgumentError } from '../errors/index.ts';
import { type Colour, parseColour } from './colour.ts';

test.each<[Colour, number[]]>([
  ['black', [0, 0, 0]],
  ['White', [255, 255, 255]],
  ['#f80', [255, 136, 0]],
  ['#0A0b0C', [10, 11, 12]],
  [' #0a0B0c\n', [10, 11, 12]],
  ['#19f', [17, 153, 255]],
  [
    [1, 2, 255],
    [1, 2, 255],
  ],
])('%j is %j', (colour, rgb) => {
  expect(parseColour(colour)).toEqual(rgb);
});

test('three numbers are copied', () => {
  const own: [number, number, number] = [0, 128, 255];
  expect(parseColour(own)).toEqual(own);
  expect(parseColour(own)).not.toBe(own);
});

const EXPECTED = "'#rrggbb', '#rgb', 'black', 'white' or three integers from 0 to 255";
test.each([
  ['#12345'],
  ['#1234'],
  ['#1234567'],
  ['#12'],
  ['12#123'],
  ['#gggggg'],
  ['123456'],
  ['rebeccapurple'],
  [''],
  [[1, 2]],
  [[1, 2, 3, 4]],
  [[1, 2, 256]],
  [[-1, 2, 3]],
  [[0.5, 0, 0]],
  [['1', 2, 3]],
  [[1, 2, null]],
  [{ length: 3 }],
  [null],
  [undefined],
  [7],
])('refuses %j', (colour) => {
  expect(() => parseColour(colour as Colour, '--background')).toThrow(
    new ArgumentError('--background', EXPECTED, colour),
  );
  expect(() => parseColour(colour as Colour)).toThrow(
    new ArgumentError('background', EXPECTED, colour),
  );
});
