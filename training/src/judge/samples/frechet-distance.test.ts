import { describe, expect, test } from '@jest/globals';
import { Matrix } from 'ml-matrix';
import { errorOf } from '../../testing.ts';
import { normalRows } from '../testing.ts';
import { frechetDistance, momentsOf } from './frechet-distance.ts';

const rows = (count: number, width: number, seed: number, scale = 1) => ({
  data: normalRows(count, width, seed, scale),
  width,
  count,
});
const gaussian = (mean: number[], covariance: number[][]) => ({
  mean: Float64Array.from(mean),
  covariance: new Matrix(covariance),
});

describe('frechetDistance', () => {
  test('of a set from itself is 0, of two sets the same either way', () => {
    const a = momentsOf(rows(300, 8, 1));
    const b = momentsOf(rows(300, 8, 2, 1.5));
    expect(frechetDistance(a, a)).toBeLessThan(1e-9);
    expect(frechetDistance(a, b)).toBeCloseTo(frechetDistance(b, a), 9);
    expect(frechetDistance(a, b)).toBeGreaterThan(1);
  });

  test('commuting covariances: squared distances of means and of deviations', () => {
    const a = gaussian(
      [1, 2],
      [
        [4, 0],
        [0, 9],
      ],
    );
    const b = gaussian(
      [0, 4],
      [
        [1, 0],
        [0, 25],
      ],
    );
    expect(frechetDistance(a, b)).toBeCloseTo(1 + 4 + 1 + 4, 9);
  });

  test('2 × 2 covariances that do not commute: tr √(C₁C₂) = √(tr C₁C₂ + 2 √det C₁C₂)', () => {
    const c1 = [
      [2, 1],
      [1, 2],
    ];
    const c2 = [
      [3, -1],
      [-1, 1],
    ];
    const product = new Matrix(c1).mmul(new Matrix(c2));
    const det = 3 * 2;
    const cross = Math.sqrt(product.trace() + 2 * Math.sqrt(det));
    const distance = frechetDistance(gaussian([0, 0], c1), gaussian([0, 0], c2));
    expect(distance).toBeCloseTo(4 + 4 - 2 * cross, 9);
  });

  test('singular covariances: points, and features that never vary', () => {
    const point = gaussian(
      [3, 0],
      [
        [0, 0],
        [0, 0],
      ],
    );
    const flat = gaussian(
      [0, 0],
      [
        [4, 0],
        [0, 0],
      ],
    );
    expect(frechetDistance(point, flat)).toBeCloseTo(9 + 4, 9);
    expect(frechetDistance(flat, flat)).toBeLessThan(1e-9);
  });

  test('two widths', async () => {
    const call = () => frechetDistance(momentsOf(rows(9, 2, 1)), momentsOf(rows(9, 3, 1)));
    const { code, message } = await errorOf(call);
    expect([code, message]).toEqual([
      'invalid-argument',
      "widths: expected two of the same, received '2 and 3'.",
    ]);
  });
});

describe('momentsOf', () => {
  test('mean and covariance', async () => {
    const { mean, covariance } = momentsOf({
      data: Float32Array.of(1, 10, 3, 14, 5, 12),
      width: 2,
      count: 3,
    });
    expect(Array.from(mean)).toEqual([expect.closeTo(3, 9), expect.closeTo(12, 9)]);
    const expected = [4, 2, 2, 4];
    for (const [i, value] of expected.entries()) {
      expect(covariance.get(Math.floor(i / 2), i % 2)).toBeCloseTo(value, 9);
    }
    const { code, message } = await errorOf(() => momentsOf(rows(1, 2, 1)));
    expect([code, message]).toEqual(['invalid-argument', 'rows: expected at least 2, received 1.']);
    const two = momentsOf({ data: Float32Array.of(1, 3), width: 1, count: 2 });
    expect(two.covariance.get(0, 0)).toBeCloseTo(2, 9);
  });
});
