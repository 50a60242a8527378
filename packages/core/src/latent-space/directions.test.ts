import { describe, expect, test } from '@jest/globals';
import { findDirections } from './directions.ts';
import { momentsOf } from './moments.ts';
import { normal, rows } from './testing.ts';

/** Squared correlation of a normal number with its sign. */
const R2_OF_A_SIGN = 2 / Math.PI;

describe('directions', () => {
  const z = normal(2000, 5);
  const along = (...weights: number[]) =>
    Float64Array.from({ length: 2000 }, (_, row) =>
      weights.reduce((sum, w, i) => sum + w * (z.data[row * 5 + i] as number), 7),
    );

  test('a linear attribute is found exactly, in units of its deviation', () => {
    const [found] = findDirections(z, [{ name: 'size', values: along(3, 4) }], { ridge: 1e-9 });
    const { mean, covariance } = momentsOf(z);
    expect(mean).toHaveLength(5);
    // One step raises the attribute, 3 z₁ + 4 z₂, by one deviation.
    const rise = 3 * (found?.vector[0] as number) + 4 * (found?.vector[1] as number);
    const deviation = Math.sqrt(
      9 * (covariance[0] as number) +
        16 * (covariance[6] as number) +
        24 * (covariance[1] as number),
    );
    expect(rise).toBeCloseTo(deviation, 1);
    expect(found?.deviation).toBeCloseTo(deviation, 0);
    expect(found?.r2).toBeCloseTo(1, 6);
    expect(found?.accuracy).toBeUndefined();
  });

  test('a direction leaves the other attributes alone, though they go together', () => {
    const attributes = [
      { name: 'a', values: along(1, 1) },
      { name: 'b', values: along(0, 1, 1) },
    ];
    const [a, b] = findDirections(z, attributes, { ridge: 1e-9 }).map(({ vector }) => vector);
    expect((a?.[1] as number) + (a?.[2] as number)).toBeCloseTo(0, 5);
    expect((b?.[0] as number) + (b?.[1] as number)).toBeCloseTo(0, 5);
    expect((a?.[0] as number) + (a?.[1] as number)).toBeGreaterThan(1);
    const [alone] = findDirections(z, attributes.slice(0, 1)).map(({ vector }) => vector);
    expect((alone?.[1] as number) + (alone?.[2] as number)).toBeGreaterThan(0.5);
  });

  test('a label points along the difference of the means of its classes, and its accuracy is said', () => {
    const values = along(1).map((value) => Number(value > 7));
    const [found] = findDirections(z, [{ name: 'smile', values }], { ridge: 1e-9 });
    expect(found?.accuracy).toBeGreaterThan(0.95);
    const above = meanOf(values, 1);
    const below = meanOf(values, 0);
    const difference = above.map(
      (value, i) => ((value - (below[i] as number)) * 0.5) / R2_OF_A_SIGN,
    );
    for (let i = 0; i < 5; i++) {
      expect(Math.abs((found?.vector[i] as number) - (difference[i] as number))).toBeLessThan(0.05);
    }
  });

  test('noise has no direction worth the name', () => {
    const values = normal(2000, 1, 9).data;
    expect(findDirections(z, [{ name: 'noise', values }])[0]?.r2).toBeLessThan(0.05);
  });

  test.each([
    ['few items', () => findDirections(rows([1]), []), /at least 10 rows/],
    ['a constant', () => findDirections(z, [{ name: 'c', values: along() }]), /that vary/],
    ['missing values', () => findDirections(z, [{ name: 'c', values: [1, 2] }]), /2000 values/],
    [
      'NaN',
      () => findDirections(z, [{ name: 'c', values: along(1).fill(Number.NaN, 5, 6) }]),
      /NaN at 5/,
    ],
    ['no held-out share', () => findDirections(z, [], { heldOut: 0 }), /between 0 and 1/],
    ['no ridge', () => findDirections(z, [], { ridge: 0 }), /above 0/],
  ])('%s: refused', (_, call, message) => expect(call).toThrow(message));

  function meanOf(values: ArrayLike<number>, label: number): number[] {
    const chosen = Array.from({ length: 2000 }, (_, row) => row).filter(
      (row) => values[row] === label,
    );
    return [0, 1, 2, 3, 4].map(
      (i) => chosen.reduce((sum, row) => sum + (z.data[row * 5 + i] as number), 0) / chosen.length,
    );
  }
});
