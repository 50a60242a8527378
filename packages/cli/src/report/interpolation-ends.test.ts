import { expect, test } from '@jest/globals';
import { interpolationEnds } from './interpolation-ends.ts';

const split = (labels: number[]) => ({ count: labels.length, labels: Uint8Array.from(labels) });

test.each<[string, number[], [number, number][]]>([
  [
    'two classes, one after the other',
    [0, 0, 0, 0, 1, 1, 1, 1],
    [
      [0, 4],
      [1, 5],
      [2, 6],
      [3, 7],
    ],
  ],
  [
    'one class that has most',
    [0, 0, 0, 0, 0, 0, 0, 1],
    [
      [0, 7],
      [1, 7],
      [2, 7],
      [3, 7],
    ],
  ],
  [
    'no classes',
    [0, 0, 0, 0, 0, 0, 0, 0],
    [
      [0, 4],
      [1, 5],
      [2, 6],
      [3, 7],
    ],
  ],
  [
    'classes that are mixed, in the same pairs however many follow',
    [3, 1, 4, 1, 5, 5, 2, 6, 5, 3, 5],
    [
      [0, 1],
      [2, 3],
      [4, 6],
      [6, 7],
    ],
  ],
  ['three items', [0, 0, 0], [[0, 1]]],
  ['one', [0], [[0, 0]]],
])('%s', (_, labels, ends) => {
  expect(interpolationEnds(split(labels), 4)).toEqual(ends);
});
