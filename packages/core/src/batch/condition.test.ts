import { describe, expect, test } from '@jest/globals';
import { tensor } from '../tensor.ts';
import { fakeCard } from '../testing.ts';
import { type Condition, conditionInput } from './condition.ts';

const card = { ...fakeCard(), condition: { labels: ['a', 'b', 'c'] } };
const rows = (condition: Condition, count: number) => [
  ...(conditionInput(condition, card, count)?.data ?? []),
];

describe('conditionInput', () => {
  test('one label serves the whole batch, by name or index', () => {
    expect(rows('b', 2)).toEqual([0, 1, 0, 0, 1, 0]);
    expect(rows(1, 2)).toEqual(rows('b', 2));
  });

  test('one label an item, or weights over the labels', () => {
    expect(rows(['c', 0], 2)).toEqual([0, 0, 1, 1, 0, 0]);
    expect(rows(Int32Array.of(2, 0), 2)).toEqual([0, 0, 1, 1, 0, 0]);
    const weights = tensor(Float32Array.of(0.5, 0.5, 0), [1, 3]);
    expect(conditionInput(weights, card, 1)).toBe(weights);
  });

  test('an unconditional model takes none', () => {
    expect(conditionInput(undefined, fakeCard(), 2)).toBeUndefined();
    expect(() => conditionInput('a', fakeCard(), 2)).toThrow(
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
    expect(() => conditionInput(condition, card, 2)).toThrow(message);
  });
});
