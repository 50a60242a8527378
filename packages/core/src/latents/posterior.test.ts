import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { tensor } from '../tensor.ts';
import { gaussianLatent } from './latent.ts';
import { drawWithKl, gaussianKl, standardNormalLogDensity } from './posterior.ts';

const row = (...values: number[]) => tensor(Float32Array.from(values), [1, values.length]);

describe('gaussianKl', () => {
  test('is 0 at the prior and has the textbook value elsewhere', () => {
    expect(gaussianKl(row(0, 0), row(0, 0))[0]).toBe(0);
    const expected = -0.5 * (1 + 1 - 4 - Math.E + (1 - 1 - 0 - Math.exp(-1)));
    expect(gaussianKl(row(2, 0), row(1, -1))[0]).toBeCloseTo(expected, 6);
  });

  test('is never negative', () => {
    const value = fc.float({ min: -20, max: 20, noNaN: true });
    fc.assert(
      fc.property(value, value, (mu, lv) => (gaussianKl(row(mu), row(lv))[0] as number) >= 0),
    );
  });
});

describe('drawWithKl', () => {
  test('gaussian: a seeded sample and the exact KL', () => {
    const latent = gaussianLatent(row(1, 2), row(0, 0));
    const { z, kl } = drawWithKl(latent, { seed: 4 });
    expect(z).toEqual(latent.sample({ seed: 4 }));
    expect(kl[0]).toBeCloseTo(2.5, 6);
  });

  test('flow: ln q − ln p of the draw, which for an identity flow averages to the exact KL', () => {
    const n = 20_000;
    const base = gaussianLatent(
      tensor(new Float32Array(n).fill(1), [n, 1]),
      tensor(new Float32Array(n).fill(-1), [n, 1]),
    );
    const z = base.sample({ seed: 1 });
    const deviation = Math.exp(-0.5);
    const logQ = tensor(
      z.data.map(
        (value) =>
          -0.5 * Math.log(2 * Math.PI) - Math.log(deviation) - 0.5 * ((value - 1) / deviation) ** 2,
      ),
      [n],
    );
    const { kl } = drawWithKl({ ...base, kind: 'flow', z, logQ }, { seed: 1 });
    const average = kl.reduce((sum, value) => sum + value, 0) / n;
    expect(Math.abs(average - (gaussianKl(row(1), row(-1))[0] as number))).toBeLessThan(0.03);
  });

  test('ladder: the sum over levels; point and codes: 0', () => {
    const z = row(0, 0);
    expect(
      drawWithKl({ kind: 'ladder', z, kl: row(1, 2), levels: [1, 1] }, { seed: 0 }).kl,
    ).toEqual(Float64Array.of(3));
    expect(drawWithKl({ kind: 'point', z }, { seed: 0 }).kl).toEqual(Float64Array.of(0));
    const indices = { data: Int32Array.of(1), dims: [1, 1, 1], dtype: 'int32' } as const;
    expect(drawWithKl({ kind: 'codes', indices, zE: z }, { seed: 0 })).toEqual({
      z: indices,
      kl: Float64Array.of(0),
    });
  });
});

test('standardNormalLogDensity of the origin and of a point', () => {
  const [origin, point] = standardNormalLogDensity(tensor(Float32Array.of(0, 0, 3, 4), [2, 2]));
  expect(origin).toBeCloseTo(-Math.log(2 * Math.PI), 6);
  expect(point).toBeCloseTo(-Math.log(2 * Math.PI) - 12.5, 6);
});
