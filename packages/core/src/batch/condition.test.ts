import { describe, expect, test } from '@jest/globals';
import { tensor } from '../tensor.ts';
import { fakeCard } from '../testing.ts';
import { type Condition, conditionRows } from './condition.ts';

const card = { ...fakeCard(), condition: { labels: ['a', 'b', 'c'] } };
const rows = (condition: Condition, count: number) => [
  ...(conditionRows(condition, card, count)?.(0, count).data ?? []),
];

describe('conditionRows', () => {
  test('one label serves the whole batch, by name or index', () => {
    expect(rows('b', 2)).toEqual([0, 1, 0, 0, 1, 0]);
    expect(rows(1, 2)).toEqual(rows('b', 2));
  });

  test('one label an item, or weights over the labels', () => {
    expect(rows(['c', 0], 2)).toEqual([0, 0, 1, 1, 0, 0]);
    expect(rows(Int32Array.of(2, 0), 2)).toEqual([0, 0, 1, 1, 0, 0]);
    const weights = tensor(Float32Array.of(0.5, 0.5, 0), [1, 3]);
    expect(conditionRows(weights, card, 1)?.(0, 1)).toEqual(weights);
  });

  test('rows are made where they are asked for', () => {
    const labels = conditionRows(['a', 'b', 'nothing'], card, 3);
    expect(labels?.(1, 2)).toEqual(tensor(Float32Array.of(0, 1, 0), [1, 3]));
    expect(() => labels?.(1, 3)).toThrow(/received 'nothing'/);
    const weights = tensor(Float32Array.of(1, 0, 0, 0.5, 0, 0.5), [2, 3]);
    expect(conditionRows(weights, card, 2)?.(1, 2)).toEqual(
      tensor(Float32Array.of(0.5, 0, 0.5), [1, 3]),
    );
  });

  test.each<[unknown, RegExp]>([
    [null, /one of the labels \(a, b, c\), a list of them.*received null/],
    [{}, /received an object/],
    [true, /received true/],
    [Float32Array.of(1), /an Int32Array of indices/],
    [new Set(['a']), /an Int32Array of indices/],
  ])('%p is no condition', (condition, message) => {
    expect(() => conditionRows(condition as Condition, card, 1)).toThrow(
      expect.objectContaining({ code: 'invalid-input', message: expect.stringMatching(message) }),
    );
  });

  test('an unconditional model takes none', () => {
    expect(conditionRows(undefined, fakeCard(), 2)).toBeUndefined();
    expect(() => conditionRows('a', fakeCard(), 2)).toThrow(
      /expected none \(fake is unconditional\), received 'a'/,
    );
  });

  test.each<[string, Condition | undefined, RegExp]>([
    ['nothing', undefined, /one of the labels \(a, b, c\), received nothing/],
    ['an unknown name', 'd', /index from 0 to 2, received 'd'/],
    ['an index outside', 3, /received 3/],
    ['a fraction', 0.5, /received 0.5/],
    ['another count', ['a'], /one label or 2, received 1/],
    [
      'weights of another shape',
      tensor(new Float32Array(3), [1, 3]),
      /weights \[2, 3\], received float32 \[1, 3\]/,
    ],
    ['weights outside [0, 1]', tensor(new Float32Array(6).fill(2), [2, 3]), /weights from 0 to 1/],
    ['NaN weights', tensor(new Float32Array(6).fill(Number.NaN), [2, 3]), /weights from 0 to 1/],
  ])('refuses %s', (_, condition, message) => {
    expect(() => conditionRows(condition, card, 2)?.(0, 2)).toThrow(message);
  });
});
