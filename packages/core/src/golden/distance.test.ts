import { describe, expect, test } from '@jest/globals';
import { type Tensor, tensor } from '../tensor.ts';
import { type Distance, distanceOf } from './distance.ts';

const floats = (values: number[], dims: number[]) => tensor(Float32Array.from(values), dims);
const integers = (values: number[], dims: number[]): Tensor => ({
  dtype: 'int32',
  dims,
  data: Int32Array.from(values),
});

/** Rows, what was received and expected in them, and how far that is off. */
type Case = [string, number[], received: number[], expected: number[], Distance];

describe('how far floats are from those expected', () => {
  test.each<Case>([
    ['equal numbers', [1, 3], [1, -2, 3], [1, -2, 3], { largest: 0, scaled: 0, row: 0 }],
    ['no rows', [0, 3], [], [], { largest: 0, scaled: 0, row: 0 }],
    ['a number without dims', [], [2], [4], { largest: 2, scaled: 0.5, row: 0 }],
    ['numbers within ±1', [1, 2], [0.25, 0.5], [0.75, 0.5], { largest: 0.5, scaled: 0.5, row: 0 }],
    [
      'rows of which the one with large numbers has the larger error, and less of it in its units',
      [2, 2],
      [0.5, 0.25, 100, 51],
      [0.5, 0, 100, 50],
      { largest: 1, scaled: 0.25, row: 0 },
    ],
    ['negative numbers', [1, 2], [-8, 1], [-4, 2], { largest: 4, scaled: 1, row: 0 }],
    ['opposite signs', [1, 2], [-1, 0], [1, 0], { largest: 2, scaled: 2, row: 0 }],
    ['rows further and further off', [3], [0, 1, 3], [0, 0, 0], { largest: 3, scaled: 3, row: 2 }],
    ['rows as far off as each other', [3], [0, 1, 1], [0, 0, 0], { largest: 1, scaled: 1, row: 1 }],
    [
      'numbers that are none in a row before others',
      [3],
      [5, Number.NaN, 7],
      [0, 0, 0],
      { largest: Number.NaN, scaled: Number.NaN, row: 1 },
    ],
    [
      'a number that is none, expected',
      [2],
      [0, 0],
      [Number.NaN, 0],
      { largest: Number.NaN, scaled: Number.NaN, row: 0 },
    ],
    [
      'infinity that was not expected',
      [2],
      [0, Number.POSITIVE_INFINITY],
      [0, 0],
      { largest: Number.POSITIVE_INFINITY, scaled: Number.POSITIVE_INFINITY, row: 1 },
    ],
  ])('of %s', (_, dims, received, expected, distance) => {
    expect(distanceOf(floats(received, dims), floats(expected, dims))).toEqual(distance);
  });
});

describe('how far integers are from those expected', () => {
  test.each<Case>([
    ['equal numbers', [2, 2], [1, 2, 3, 4], [1, 2, 3, 4], { largest: 0, scaled: 0, row: 0 }],
    ['none at all', [0, 2], [], [], { largest: 0, scaled: 0, row: 0 }],
    ['a number without dims', [], [2], [4], { largest: 1, scaled: 1, row: 0 }],
    ['one of four', [2, 2], [1, 2, 3, 5], [1, 2, 3, 4], { largest: 0.25, scaled: 0.25, row: 1 }],
    [
      'three of eight, however far off, in two of four rows',
      [4, 2],
      [1, 1, 1, 90, 1, 0, 3, 1],
      [1, 1, 1, 1, 1, 1, 1, 1],
      { largest: 0.375, scaled: 0.375, row: 1 },
    ],
  ])('of %s', (_, dims, received, expected, distance) => {
    expect(distanceOf(integers(received, dims), integers(expected, dims))).toEqual(distance);
  });
});

test.each<[string, Tensor | undefined]>([
  ['no output', undefined],
  ['other dims of as many numbers', floats([1, 2], [2, 1])],
  ['another type', integers([1, 2], [1, 2])],
])('%s is no distance', (_, received) => {
  const none = { largest: Number.NaN, scaled: Number.NaN, row: 0 };
  expect(distanceOf(received, floats([1, 2], [1, 2]))).toEqual(none);
});
