import { describe, expect, test } from '@jest/globals';
import { tensor } from '../tensor.ts';
import { fakeCard } from '../testing.ts';
import { type Condition, conditionRows } from './condition.ts';

const card = { ...fakeCard(), condition: { labels: ['a', 'b', 'c'] } };
const rows = (condition: Condition, count: number) => [
  ...(conditionRows(condition, card, count)?.(0, count).data ?? []),
];

/** Weights that are all 0 but the last. */
const weights = (dims: number[], count: number, value = 0): Condition => {
  const data = new Float32Array(count);
  data[count - 1] = value;
  return tensor(data, dims);
};

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

  const one = 'condition: expected one of the labels (a, b, c)';
  const lists = `${one}, a list of them, an Int32Array of indices, or float32 weights [n, 3]`;
  const index = `${one} or an index from 0 to 2`;

  test.each<[unknown, string]>([
    [undefined, `${one}, received nothing.`],
    [null, `${lists}, received null.`],
    [{}, `${lists}, received an object with no keys.`],
    [true, `${lists}, received true.`],
    [Float32Array.of(1), `${lists}, received a Float32Array of 1.`],
    [new Set(['a']), `${lists}, received an object with no keys.`],
    // A text is no index, also one of digits.
    ['d', `${one}, received 'd'.`],
    ['0', `${one}, received '0'.`],
    ['', `${one}, received ''.`],
    [3, `${index}, received 3.`],
    [-1, `${index}, received -1.`],
    [0.5, `${index}, received 0.5.`],
    [Number.NaN, `${index}, received NaN.`],
    [['a', 3], `${index}, received 3.`],
    [[0, null], `${index}, received null.`],
    [['a'], 'condition: expected one label or 2, received 1.'],
    [Int32Array.of(0, 1, 2), 'condition: expected one label or 2, received 3.'],
    [weights([1, 3], 3), 'condition: expected float32 weights [2, 3], received float32 [1, 3].'],
    [weights([2, 2], 4), 'condition: expected float32 weights [2, 3], received float32 [2, 2].'],
    [
      weights([2, 3, 1], 6),
      'condition: expected float32 weights [2, 3], received float32 [2, 3, 1].',
    ],
    [
      { data: new Int32Array(6), dims: [2, 3], dtype: 'int32' },
      'condition: expected float32 weights [2, 3], received int32 [2, 3].',
    ],
    [
      weights([2, 3], 6, 1.001),
      'condition: expected weights from 0 to 1, received weights outside.',
    ],
    [
      weights([2, 3], 6, -1e-3),
      'condition: expected weights from 0 to 1, received weights outside.',
    ],
    [
      weights([2, 3], 6, Number.NaN),
      'condition: expected weights from 0 to 1, received weights outside.',
    ],
  ])('of two rows, %p is refused', (condition, message) => {
    expect(() => conditionRows(condition as Condition, card, 2)?.(0, 2)).toThrow(
      expect.objectContaining({ code: 'invalid-input', message }),
    );
  });

  test('weights may be 0 and 1 exactly', () => {
    expect(rows(tensor(Float32Array.of(0, 1, 0), [1, 3]), 1)).toEqual([0, 1, 0]);
  });

  test.each([
    [12, 'l11)'],
    [13, 'l11, …)'],
  ])('of %d labels at most twelve are listed', (count, end) => {
    const labels = Array.from({ length: count }, (_, i) => `l${i}`);
    expect(() => conditionRows(undefined, { ...fakeCard(), condition: { labels } }, 1)).toThrow(
      `l10, ${end}, received nothing.`,
    );
  });

  test('an unconditional model takes none', () => {
    expect(conditionRows(undefined, fakeCard(), 2)).toBeUndefined();
    expect(() => conditionRows('a', fakeCard(), 2)).toThrow(
      "condition: expected none (fake is unconditional), received 'a'.",
    );
  });
});
