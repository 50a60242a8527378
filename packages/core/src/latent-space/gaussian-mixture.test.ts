import { describe, expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { tensor } from '../tensor.ts';
import { fitGaussianMixture, mixtureLogDensity, sampleMixture } from './gaussian-mixture.ts';
import { momentsOf } from './moments.ts';
import { selectRows, splitRows } from './split-rows.ts';
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

  test('of a diagonal factor both are what they are of the whole one', () => {
    const whole = {
      size: 2,
      components: [
        { weight: 0.3, mean: Float64Array.of(1, -1), factor: Float64Array.of(2, 0, 0, 0.5) },
        { weight: 0.7, mean: Float64Array.of(0, 3), factor: Float64Array.of(0.1, 0, 0, 3) },
      ],
    };
    const diagonal = {
      size: 2,
      components: whole.components.map((one) => ({
        ...one,
        factor: Float64Array.of(one.factor[0] as number, one.factor[3] as number),
      })),
    };
    const z = sampleMixture(diagonal, 50, { seed: 4, temperature: 1.5 });
    expect(z.data).toEqual(sampleMixture(whole, 50, { seed: 4, temperature: 1.5 }).data);
    expect(mixtureLogDensity(diagonal, z)).toEqual(mixtureLogDensity(whole, z));
    // At (1, −1), which the other component is far from.
    const [density] = mixtureLogDensity(diagonal, rows([1, -1]));
    expect(density).toBeCloseTo(Math.log(0.3 / (2 * Math.PI)), 6);
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

  test('a component alone has the moments of the rows, its variances raised by a thousandth of their mean', () => {
    const z = normal(50, 2);
    const { mixture } = fitGaussianMixture(z, { components: [1], seed: 1, heldOut: 0.1 });
    const { train } = splitRows(50, 0.1, 1, 'mixture/split');
    const { mean, covariance } = momentsOf(selectRows(z, train));
    const [one] = mixture.components;
    expect(one?.weight).toBeCloseTo(1, 12);
    expect(Array.from(one?.mean ?? [])).toEqual(Array.from(mean, (v) => expect.closeTo(v, 10)));
    const floor = (1e-3 * ((covariance[0] as number) + (covariance[3] as number))) / 2;
    const [l = 0, , m = 0, r = 0] = one?.factor ?? [];
    expect(l * l).toBeCloseTo((covariance[0] as number) + floor, 10);
    expect(l * m).toBeCloseTo(covariance[1] as number, 10);
    expect(m * m + r * r).toBeCloseTo((covariance[3] as number) + floor, 10);
  });

  test('a sweep is the one of the formula: shares by densities, then moments by shares', () => {
    // Two pairs far apart: whatever rows it begins from, each component ends with one pair.
    const values = [0, 0.1, 0.2, 50, 50.1, 50.3, 50.4, 0.05, 50.2, 0.15];
    const z = rows(...values.map((value) => [value]));
    const { mixture, heldOutLogDensity } = fitGaussianMixture(z, {
      components: [2],
      seed: 5,
      heldOut: 0.2,
    });
    const { train, test: held } = splitRows(10, 0.2, 5, 'mixture/split');
    const trained = Array.from(train, (row) => values[row] as number);
    const average = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
    const spread = (list: readonly number[]) =>
      average(list.map((value) => (value - average(list)) ** 2));
    const expected = [trained.filter((v) => v < 25), trained.filter((v) => v > 25)].map((part) => ({
      weight: expect.closeTo(part.length / trained.length, 6),
      mean: [expect.closeTo(average(part), 5)],
      factor: [expect.closeTo(Math.sqrt(spread(part) + 1e-3 * spread(trained)), 5)],
    }));
    const found = [...mixture.components]
      .sort((a, b) => (a.mean[0] as number) - (b.mean[0] as number))
      .map(({ weight, mean, factor }) => ({
        weight,
        mean: Array.from(mean),
        factor: Array.from(factor),
      }));
    expect(found).toEqual(expected);
    const densities = mixtureLogDensity(
      mixture,
      rows(...Array.from(held, (row) => [values[row] as number])),
    );
    expect(heldOutLogDensity).toBeCloseTo(average(Array.from(densities)), 10);
  });

  test('the density of a row is the sum over the components, in logarithms that do not overflow', () => {
    const far = rows([0, 0], [3, 1], [400, 400]);
    const density = (
      [x = 0, y = 0]: number[],
      weight: number,
      mean: number[],
      spread: number[],
    ) => {
      const [dx, dy] = [x - (mean[0] as number), y - (mean[1] as number)];
      const [a = 0, b = 0, d = 0] = spread;
      const determinant = a * d - b * b;
      const squared = (d * dx * dx - 2 * b * dx * dy + a * dy * dy) / determinant;
      return (weight * Math.exp(-squared / 2)) / (2 * Math.PI * Math.sqrt(determinant));
    };
    const both = (at: number[]) =>
      density(at, 2 / 3, [0, 0], [1, 0.8, 1]) + density(at, 1 / 3, [6, 0], [0.25, 0, 0.25]);
    const found = mixtureLogDensity(truth, far);
    expect(found[0]).toBeCloseTo(Math.log(both([0, 0])), 10);
    expect(found[1]).toBeCloseTo(Math.log(both([3, 1])), 8);
    expect(Number.isFinite(found[2])).toBe(true);
  });

  test('of fits that are as good, the first is taken; of others, the best', () => {
    const z = sampleMixture(truth, 400, { seed: 2 });
    const chosen = (components: number[]) => {
      const fits: number[] = [];
      const { heldOutLogDensity } = fitGaussianMixture(z, {
        components,
        seed: 1,
        onFit: (fit) => fits.push(fit.heldOutLogDensity),
      });
      return { heldOutLogDensity, best: Math.max(...fits) };
    };
    for (const components of [
      [1, 2, 3],
      [2, 1],
      [3, 1, 2],
    ]) {
      const { heldOutLogDensity, best } = chosen(components);
      expect(heldOutLogDensity).toBe(best);
    }
  });

  test('draws follow the factors, and a truncation bounds them in deviations', () => {
    const one = {
      size: 2,
      components: [{ weight: 1, mean: Float64Array.of(1, 2), factor: Float64Array.of(2, 0, 3, 4) }],
    };
    const noise = createRandom(7, 'mixture').fillNormal(new Float32Array(8), 0.5);
    const { data } = sampleMixture(one, 4, { seed: 7, temperature: 0.5 });
    for (let row = 0; row < 4; row++) {
      const [a, b] = [noise[2 * row] as number, noise[2 * row + 1] as number];
      expect(data[2 * row]).toBeCloseTo(1 + 2 * a, 5);
      expect(data[2 * row + 1]).toBeCloseTo(2 + 3 * a + 4 * b, 5);
    }
    const bounded = sampleMixture(one, 2000, { seed: 7, truncation: 0.5, temperature: 0.1 });
    const first = Array.from({ length: 2000 }, (_, row) =>
      Math.abs((bounded.data[2 * row] as number) - 1),
    );
    expect(Math.max(...first)).toBeLessThanOrEqual(2 * 0.5 * 0.1 + 1e-6);
    expect(Math.max(...first)).toBeGreaterThan(2 * 0.5 * 0.1 * 0.9);
  });

  const [good] = truth.components;
  test.each([
    ['no mixture', undefined, /^mixture: expected a mixture, as fitGaussianMixture gives it/],
    ['no size', { ...truth, size: 0 }, /^mixture.size: /],
    ['no list', { size: 2, components: 3 }, /^mixture.components: /],
    [
      'no components',
      { size: 2, components: [] },
      /^mixture.components: expected at least one, each with a weight above 0, a mean of 2 numbers and a factor of 2 × 2/,
    ],
    ['nothing among them', { size: 2, components: [good, undefined] }, /at least one, each/],
    [
      'a weight that is none',
      { size: 2, components: [{ ...good, weight: Number.NaN }] },
      /at least one, each/,
    ],
    [
      'a mean that is none',
      { size: 2, components: [{ ...good, mean: undefined }] },
      /at least one, each/,
    ],
    [
      'a weight below 0',
      { size: 2, components: [{ ...good, weight: -0.5 }] },
      /each with a weight above 0/,
    ],
    [
      'a mean that is not finite',
      { size: 2, components: [{ ...good, mean: Float64Array.of(0, Number.NaN) }] },
      /at least one, each/,
    ],
    [
      'a factor that is not finite',
      { size: 2, components: [{ ...good, factor: [1, Number.POSITIVE_INFINITY] }] },
      /at least one, each/,
    ],
    ['a short mean', { size: 2, components: [{ ...good, mean: [1] }] }, /at least one, each/],
    [
      'a factor that is none',
      { size: 2, components: [{ ...good, factor: undefined }] },
      /at least one, each/,
    ],
    [
      'a short factor',
      { size: 2, components: [good, { ...good, factor: [1] }] },
      /at least one, each/,
    ],
  ])('%s: refused', (_, mixture, message) => {
    expect(() => mixtureLogDensity(mixture as never, rows([0, 0]))).toThrow(message);
  });

  test.each([
    ['latents', () => mixtureLogDensity(truth, 3 as never), /^latents: /],
    ['latents of another size', () => mixtureLogDensity(truth, rows([1])), /^latents: /],
    [
      'latents that are not finite',
      () => mixtureLogDensity(truth, rows([0, 0], [0, Number.NaN])),
      /^latent 1, dimension 1: expected a finite number, received NaN/,
    ],
    [
      'latents to fit that are not finite',
      () => fitGaussianMixture(rows([0], [1], [Number.NaN], [2]), { components: [1], seed: 1 }),
      /^latent 2, dimension 0: expected a finite number, received NaN/,
    ],
    [
      'too few latents to fit',
      () => fitGaussianMixture(rows([0], [1]), { components: [1], seed: 1 }),
      /^latents: expected at least three rows, .* received '2 rows, 1 of them to fit'/,
    ],
    [
      'a temperature that leads beyond float32',
      () =>
        sampleMixture({ ...truth, components: [{ ...good, factor: [100, 100] }] } as never, 50, {
          seed: 1,
          temperature: 1e37,
        }),
      /^temperature: expected one that keeps the draws within float32, received 1e\+37/,
    ],
    [
      'latents to fit',
      () => fitGaussianMixture(3 as never, { components: [1], seed: 1 }),
      /^latents: /,
    ],
    [
      'options',
      () => fitGaussianMixture(normal(20, 2), undefined as never),
      /components: \[8\], seed: 1/,
    ],
    [
      'iterations',
      () => fitGaussianMixture(normal(20, 2), { components: [1], seed: 1, iterations: 0 }),
      /^iterations: /,
    ],
    [
      'a callback',
      () => fitGaussianMixture(normal(20, 2), { components: [1], seed: 1, onFit: 3 as never }),
      /^onFit: /,
    ],
    [
      'a number',
      () => fitGaussianMixture(normal(20, 2), { components: 3 as never, seed: 1 }),
      /^components: expected an array of numbers/,
    ],
    [
      'none',
      () => fitGaussianMixture(normal(20, 2), { components: [], seed: 1 }),
      /^components: expected at least one number, received '\[\]'/,
    ],
    [
      'too many',
      () => fitGaussianMixture(normal(20, 2), { components: [9], seed: 1 }),
      /^components: expected integers from 1 to 8 \(half of the rows\), received 9/,
    ],
  ])('%s: refused', (_, call, message) => expect(call).toThrow(message));

  test('half of the rows that are fitted are components enough', () => {
    expect(() => fitGaussianMixture(normal(20, 2), { components: [8], seed: 1 })).not.toThrow();
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
