import { describe, expect, test } from '@jest/globals';
import { tensor } from '../tensor.ts';
import { combineLatents, meanLatent } from './arithmetic.ts';
import { rows } from './testing.ts';

describe('arithmetic', () => {
  test('the mean of rows', () => {
    expect(meanLatent(rows([1, 2], [3, 6]))).toEqual(rows([2, 4]));
    expect(() => meanLatent(tensor(new Float32Array(0), [0, 2]))).toThrow(/at least one row/);
  });

  test('a single row is added to every other', () => {
    const sum = combineLatents([
      [1, rows([1, 1], [2, 2])],
      [-2, rows([1, 0])],
    ]);
    expect(sum).toEqual(rows([-1, 1], [0, 2]));
  });

  test('latents that do not fit are refused, with their shapes', () => {
    expect(() => combineLatents([])).toThrow(/none/);
    expect(() =>
      combineLatents([
        [1, rows([1, 2])],
        [1, rows([1], [2])],
      ]),
    ).toThrow(/\[1, 2\], \[2, 1\]/);
  });
});
