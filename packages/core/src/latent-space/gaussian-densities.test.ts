import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { tensor } from '../tensor.ts';
import { gaussianKl, standardNormalLogDensity } from './gaussian-densities.ts';
import { rows } from './testing.ts';

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
    const [kl] = gaussianKl(rows([mean]), rows([logVar]));
    expect(Math.abs((kl as number) - nats)).toBeLessThanOrEqual(1e-4 * nats);
  });

  test('sums over the dimensions of an item, item by item', () => {
    const kl = gaussianKl(rows([1, 2], [0, 4], [0, 0]), rows([0, 0], [0, 0], [0, 0]));
    expect(kl).toEqual(Float64Array.of(2.5, 8, 0));
  });

  test('is never negative', () => {
    const value = fc.float({ min: -20, max: 20, noNaN: true });
    fc.assert(
      fc.property(value, value, (mu, lv) => (gaussianKl(rows([mu]), rows([lv]))[0] as number) >= 0),
    );
  });

  test('of no items is none', () => {
    expect(
      gaussianKl(tensor(new Float32Array(0), [0, 2]), tensor(new Float32Array(0), [0, 2])),
    ).toEqual(new Float64Array(0));
  });
});

test('standardNormalLogDensity: −½ (size · ln 2π + ‖z‖²) of each row', () => {
  const [origin, point] = standardNormalLogDensity(rows([0, 0, 0], [2, -1, 2]));
  expect(origin).toBeCloseTo(-1.5 * Math.log(2 * Math.PI), 12);
  expect(point).toBeCloseTo(-1.5 * Math.log(2 * Math.PI) - 4.5, 12);
});

test.each<[string, () => unknown, RegExp]>([
  ['a mean that is none', () => gaussianKl(3 as never, rows([1])), /^mean: /],
  ['a log-variance of another size', () => gaussianKl(rows([1, 2]), rows([1])), /^logVar: /],
  ['latents that are none', () => standardNormalLogDensity(3 as never), /^latents: /],
])('%s: refused', (_, call, message) => expect(call).toThrow(message));
