import { describe, expect, test } from '@jest/globals';
import { tensor } from '../tensor.ts';
import { gaussianLogRatio, rowSums } from './densities.ts';

const matrix = (...rows: number[][]) =>
  tensor(Float32Array.from(rows.flat()), [rows.length, rows[0]?.length ?? 0]);

test('rowSums sums rows in double precision', () => {
  expect(rowSums(matrix([1, 2], [3, -5]))).toEqual(Float64Array.of(3, -2));
  expect(rowSums(matrix([2 ** 24, 1], [0, 0]))[0]).toBe(2 ** 24 + 1);
  expect(rowSums(matrix([1, 2], [3, -5]), (value) => value * value)).toEqual(
    Float64Array.of(5, 34),
  );
});

describe('gaussianLogRatio', () => {
  test('is the difference of the two log-densities, item by item', () => {
    const z = [
      [0.5, -1],
      [2, 0.25],
    ];
    const mean = [
      [0.2, 1],
      [-1, 0],
    ];
    const logVar = [
      [0.3, -0.7],
      [1, 0],
    ];
    const density = (value: number, mu: number, log: number) =>
      -0.5 * (Math.log(2 * Math.PI) + log + (value - mu) ** 2 / Math.exp(log));
    const expected = z.map((row, n) =>
      row.reduce(
        (sum, value, i) =>
          sum +
          density(value, mean[n]?.[i] as number, logVar[n]?.[i] as number) -
          density(value, 0, 0),
        0,
      ),
    );
    const found = gaussianLogRatio(matrix(...z), matrix(...mean), matrix(...logVar));
    expect(Array.from(found)).toEqual(expected.map((value) => expect.closeTo(value, 5)));
  });
});
