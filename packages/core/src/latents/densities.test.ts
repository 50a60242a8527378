import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { tensor } from '../tensor.ts';
import { gaussianKl, gaussianLogRatio, rowSums, standardNormalLogDensity } from './densities.ts';

const matrix = (...rows: number[][]) =>
  tensor(Float32Array.from(rows.flat()), [rows.length, rows[0]?.length ?? 0]);

describe('gaussianKl', () => {
  test.each<[string, number, number, number]>([
    ['the prior itself', 0, 0, 0],
    ['a shifted mean: μ²/2', 3, 0, 4.5],
    ['a mean below', -3, 0, 4.5],
    ['a wider deviation: (σ² − 1 − ln σ²)/2', 0, 1, (Math.E - 2) / 2],
    ['a narrower one', 0, -1, 1 / Math.E / 2],
    ['both', 2, 1, 2 + (Math.E - 2) / 2],
    ['a hair’s breadth from the prior: ln σ² squared over 4', 0, 2 ** -12, 2 ** -26],
  ])('of %s', (_, mean, logVar, nats) => {
    const [kl] = gaussianKl(matrix([mean]), matrix([logVar]));
    expect(Math.abs((kl as number) - nats)).toBeLessThanOrEqual(1e-4 * nats);
  });

  test('sums over the dimensions of an item, item by item', () => {
    const kl = gaussianKl(matrix([1, 2], [0, 4], [0, 0]), matrix([0, 0], [0, 0], [0, 0]));
    expect(kl).toEqual(Float64Array.of(2.5, 8, 0));
  });

  test('is never negative', () => {
    const value = fc.float({ min: -20, max: 20, noNaN: true });
    fc.assert(
      fc.property(
        value,
        value,
        (mu, lv) => (gaussianKl(matrix([mu]), matrix([lv]))[0] as number) >= 0,
      ),
    );
  });

  test('of no items is none', () => {
    expect(
      gaussianKl(tensor(new Float32Array(0), [0, 2]), tensor(new Float32Array(0), [0, 2])),
    ).toEqual(new Float64Array(0));
  });
});

test('standardNormalLogDensity: −½ (size · ln 2π + ‖z‖²) of each row', () => {
  const [origin, point] = standardNormalLogDensity(matrix([0, 0, 0], [2, -1, 2]));
  expect(origin).toBeCloseTo(-1.5 * Math.log(2 * Math.PI), 12);
  expect(point).toBeCloseTo(-1.5 * Math.log(2 * Math.PI) - 4.5, 12);
});

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

test.each<[string, () => unknown, RegExp]>([
  ['a mean that is none', () => gaussianKl(3 as never, matrix([1])), /^mean: /],
  ['a log-variance of another size', () => gaussianKl(matrix([1, 2]), matrix([1])), /^logVar: /],
  ['latents that are none', () => standardNormalLogDensity(3 as never), /^latents: /],
])('%s: refused', (_, call, message) => expect(call).toThrow(message));
