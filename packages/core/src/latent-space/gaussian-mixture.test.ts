import { describe, expect, test } from '@jest/globals';
import { tensor } from '../tensor.ts';
import { fitGaussianMixture, mixtureLogDensity, sampleMixture } from './gaussian-mixture.ts';
import { momentsOf } from './moments.ts';
import { normal, rows } from './testing.ts';

describe('a mixture of Gaussians', () => {
  /** Two thirds around (0, 0), narrow and tilted; one third around (6, 0), round. */
  const truth = {
    size: 2,
    components: [
      { weight: 2 / 3, mean: Float64Array.of(0, 0), factor: Float64Array.of(1, 0, 0.8, 0.6) },
      { weight: 1 / 3, mean: Float64Array.of(6, 0), factor: Float64Array.of(0.5, 0, 0, 0.5) },
    ],
  };

  test('densities are those of the formula', () => {
    // At (0, 0): 2/3 · 1/(2π · 0.6), and from the other, 12 deviations away, nothing.
    const density = mixtureLogDensity(truth, rows([0, 0]));
    expect(density[0]).toBeCloseTo(Math.log(2 / 3 / (2 * Math.PI * 0.6)), 10);
  });

  test('draws have the shares, means and covariances that were asked for', () => {
    const z = sampleMixture(truth, 20_000, { seed: 1 });
    const left = Float64Array.from({ length: 20_000 }, (_, row) =>
      Number((z.data[2 * row] as number) < 3.5),
    );
    expect(left.reduce((sum, one) => sum + one, 0) / 20_000).toBeCloseTo(2 / 3, 1);
    const { mean, covariance } = momentsOf(z, left);
    expect(mean[0]).toBeCloseTo(0, 1);
    expect(Array.from(covariance)).toEqual([1, 0.8, 0.8, 1].map((v) => expect.closeTo(v, 1)));
    expect(sampleMixture(truth, 3, { seed: 1, temperature: 0 }).data).toHaveLength(6);
  });

  test('a fit finds the number of components, and nearly the density, of what it was drawn from', () => {
    const z = sampleMixture(truth, 4000, { seed: 2 });
    const seen: number[] = [];
    const { mixture, heldOutLogDensity } = fitGaussianMixture(z, {
      components: [1, 2],
      seed: 1,
      onFit: ({ mixture: { components } }) => seen.push(components.length),
    });
    expect(seen).toEqual([1, 2]);
    expect(mixture.components).toHaveLength(2);
    expect(mixture.components.map(({ weight }) => weight).reduce((a, b) => a + b)).toBeCloseTo(
      1,
      10,
    );
    const fresh = sampleMixture(truth, 4000, { seed: 3 });
    const mean = (of: Float64Array) => of.reduce((sum, value) => sum + value, 0) / of.length;
    const gap = mean(mixtureLogDensity(truth, fresh)) - mean(mixtureLogDensity(mixture, fresh));
    expect(gap).toBeLessThan(0.02);
    expect(heldOutLogDensity).toBeCloseTo(mean(mixtureLogDensity(truth, fresh)), 0);
  });

  test('the same seed gives the same fit; latents of no spread are survived', () => {
    const z = sampleMixture(truth, 200, { seed: 2 });
    const fit = () => fitGaussianMixture(z, { components: [3], seed: 4 });
    expect(fit()).toEqual(fit());
    const flat = tensor(new Float32Array(40), [20, 2]);
    const { mixture } = fitGaussianMixture(flat, { components: [2], seed: 1 });
    expect(Array.from(sampleMixture(mixture, 5, { seed: 1 }).data).every(Number.isFinite)).toBe(
      true,
    );
  });

  test.each([[[]], [[0]], [[1.5]], [[9]]])('components %p of 20 rows: refused', (components) => {
    expect(() => fitGaussianMixture(normal(20, 2), { components, seed: 1 })).toThrow(/components/);
  });
});
