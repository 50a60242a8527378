import { describe, expect, test } from '@jest/globals';
import { cholesky, multiply, solve } from './linear-algebra.ts';
import { momentsOf } from './moments.ts';
import { rows } from './testing.ts';

describe('linear algebra', () => {
  const matrix = Float64Array.of(4, 2, 0, 2, 5, 3, 0, 3, 6);

  test('a Cholesky factor times its transpose is the matrix', () => {
    // By hand: l11 = 2, l21 = 1, l22 = 2, l31 = 0, l32 = 3/2, l33 = √(15/4).
    const lower = [2, 0, 0, 1, 2, 0, 0, 1.5, Math.sqrt(3.75)];
    expect(Array.from(cholesky(matrix, 3))).toEqual(lower.map((x) => expect.closeTo(x, 12)));
  });

  test('a solution times the matrix is the right-hand side', () => {
    const b = Float64Array.of(1, -2, 3);
    const x = solve(matrix, 3, b);
    expect(Array.from(multiply(matrix, 3, x))).toEqual(
      [1, -2, 3].map((v) => expect.closeTo(v, 12)),
    );
    expect(Array.from(b)).toEqual([1, -2, 3]);
  });

  test('moments, plain and weighted', () => {
    const z = rows([0, 0], [2, 4], [4, 2]);
    expect(momentsOf(z).mean).toEqual(Float64Array.of(2, 2));
    const { covariance } = momentsOf(z);
    expect(Array.from(covariance)).toEqual([8, 4, 4, 8].map((v) => expect.closeTo(v / 3, 12)));
    const weighted = momentsOf(z, [0, 1, 1]);
    expect(weighted).toEqual({
      mean: Float64Array.of(3, 3),
      covariance: Float64Array.of(1, -1, -1, 1),
    });
  });
});
