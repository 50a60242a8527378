import { describe, expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { tensor } from '../tensor.ts';
import { gaussian, gaussianLatent } from './gaussian.ts';

const row = (...values: number[]) => tensor(Float32Array.from(values), [1, values.length]);

describe('gaussianLatent', () => {
  const n = 4000;
  const column = (even: number, odd: number) =>
    tensor(
      new Float32Array(n * 2).map((_, i) => (i % 2 === 0 ? even : odd)),
      [n, 2],
    );
  const latent = gaussianLatent(column(3, -1), column(Math.log(4), Math.log(0.25)));

  test('draws mean + temperature · exp(logVar / 2) · ε', () => {
    const [first, second] = createRandom(5, 'posterior').fillNormal(new Float32Array(2));
    const one = gaussianLatent(row(3, -1), row(Math.log(4), Math.log(0.25)));
    for (const temperature of [1, 0.5]) {
      const { data, dims } = one.sample({ seed: 5, temperature });
      expect(dims).toEqual([1, 2]);
      expect(data[0]).toBeCloseTo(3 + temperature * 2 * (first as number), 5);
      expect(data[1]).toBeCloseTo(-1 + temperature * 0.5 * (second as number), 5);
    }
    expect(one.sample({ seed: 5, temperature: undefined })).toEqual(one.sample({ seed: 5 }));
  });

  test('samples have the mean and the deviation of the posterior', () => {
    const z = latent.sample({ seed: 1 });
    expect(z.dims).toEqual([n, 2]);
    for (const [parity, mean, deviation] of [
      [0, 3, 2],
      [1, -1, 0.5],
    ] as const) {
      const values = z.data.filter((_, i) => i % 2 === parity);
      const average = values.reduce((sum, value) => sum + value, 0) / n;
      const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / n;
      expect(Math.abs(average - mean)).toBeLessThan((5 * deviation) / Math.sqrt(n));
      expect(Math.abs(variance / deviation ** 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    }
  });

  test('the same seed gives the same sample, another seed another; temperature 0 the mean', () => {
    expect(latent.sample({ seed: 1 }).data).toEqual(latent.sample({ seed: 1 }).data);
    expect(latent.sample({ seed: 1 }).data).not.toEqual(latent.sample({ seed: 2 }).data);
    expect(latent.sample({ seed: 1, temperature: 0 }).data).toEqual(latent.mean.data);
  });

  test.each([[undefined], [null], [4], [{}], [{ seed: 1, temperature: -1 }]])(
    'refuses to sample with %j',
    (options) => {
      expect(() => latent.sample(options as never)).toThrow(
        expect.objectContaining({ code: 'invalid-argument' }),
      );
    },
  );
});

test('is read off mean and log_var, decodes from the mean, and draws with its exact KL', () => {
  const outputs = { mean: row(1, 2), log_var: row(0, 1) };
  const latent = gaussian.read(outputs);
  expect(latent).toMatchObject({ kind: 'gaussian', mean: outputs.mean, logVar: outputs.log_var });
  expect(gaussian.centre(latent)).toBe(outputs.mean);
  expect(gaussian.toDecode(latent)).toBe(outputs.mean);
  const { z, kl } = gaussian.draw(latent, { seed: 4, temperature: 0.5 });
  expect(z).toEqual(latent.sample({ seed: 4, temperature: 0.5 }));
  expect(kl).toEqual(Float64Array.of(0.5 + 2 + (Math.expm1(1) - 1) / 2));
});

test('draws from a latent that lost its methods on the way from another thread', () => {
  const latent = gaussianLatent(row(1, 2), row(0, 0));
  const { sample: _, ...plain } = latent;
  expect(gaussian.draw(plain as typeof latent, { seed: 4 }).z).toEqual(latent.sample({ seed: 4 }));
});
