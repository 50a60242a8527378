import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { describeValue } from './describe-value.ts';

test.each([
  ['a', "'a'"],
  ['a'.repeat(80), `'${'a'.repeat(80)}'`],
  ['a'.repeat(81), `'${'a'.repeat(80)}…' (81 characters)`],
  [[1, 'b'], "[1, 'b']"],
  [[1, 2, 3, 4, 5, 6, 7, 8], '[1, 2, 3, 4, 5, 6, 7, 8]'],
  [[1, 2, 3, 4, 5, 6, 7, 8, 9], '[1, 2, 3, 4, 5, 6, 7, 8, …]'],
  [[[1, [2, 3]]], '[[1, an array of 2]]'],
  [new Float32Array(3), 'a Float32Array of 3'],
  [runInNewContext('new Float32Array(3)'), 'a Float32Array of 3'],
  [new DataView(new ArrayBuffer(5)), 'a DataView of 5'],
  [{ a: 1, b: 2 }, 'an object with a, b'],
  [
    { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9 },
    'an object with a, b, c, d, e, f, g, h',
  ],
  [{}, 'an object with no keys'],
  [Object.create(null), 'an object with no keys'],
  [Promise.resolve(1), 'a Promise: await it'],
  [Symbol('s'), 'Symbol(s)'],
  [12n, '12'],
  [null, 'null'],
  [undefined, 'undefined'],
  [Number.NaN, 'NaN'],
  [() => 1, 'a function'],
])('describeValue(%p)', (value, text) => {
  expect(describeValue(value)).toBe(text);
});

test('whatever is nested, the description is short', () => {
  let nested: unknown = [];
  for (let depth = 0; depth < 1e5; depth++) nested = [nested, nested];
  expect(describeValue(nested).length).toBeLessThan(100);
});
