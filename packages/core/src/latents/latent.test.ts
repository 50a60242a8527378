import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { tensor } from '../tensor.ts';
import {
  centre,
  centreName,
  centreOf,
  gaussianLatent,
  interpolateLatents,
  latentOf,
  samplePrior,
} from './latent.ts';

const norm = (values: ArrayLike<number>) =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));

describe('gaussianLatent', () => {
  const n = 4000;
  const latent = gaussianLatent(
    tensor(
      new Float32Array(n * 2).map((_, i) => (i % 2 === 0 ? 3 : -1)),
      [n, 2],
    ),
    tensor(
      new Float32Array(n * 2).map((_, i) => Math.log(i % 2 === 0 ? 4 : 0.25)),
      [n, 2],
    ),
  );

  test('samples have the mean and the deviation of the posterior', () => {
    const z = latent.sample({ seed: 1 });
    expect(z.dims).toEqual([n, 2]);
    for (const [column, mean, deviation] of [
      [0, 3, 2],
      [1, -1, 0.5],
    ] as const) {
      const values = z.data.filter((_, i) => i % 2 === column);
      const average = values.reduce((sum, value) => sum + value, 0) / n;
      const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / n;
      expect(Math.abs(average - mean)).toBeLessThan((5 * deviation) / Math.sqrt(n));
      expect(Math.abs(variance / deviation ** 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    }
  });

  test('the same seed gives the same sample, another seed another', () => {
    expect(latent.sample({ seed: 1 }).data).toEqual(latent.sample({ seed: 1 }).data);
    expect(latent.sample({ seed: 1 }).data).not.toEqual(latent.sample({ seed: 2 }).data);
  });

  test('temperature 0 gives the mean, and a bad temperature is refused', () => {
    expect(latent.sample({ seed: 1, temperature: 0 }).data).toEqual(latent.mean.data);
    expect(() => latent.sample({ seed: 1, temperature: -1 })).toThrow(/temperature: expected/);
    expect(() => latent.sample({ seed: 1, temperature: Number.NaN })).toThrow(
      /temperature: expected/,
    );
  });

  test('the centre is the mean, or the code', () => {
    expect(centre(latent)).toBe(latent.mean);
    const z = tensor(new Float32Array(2), [1, 2]);
    expect(centre({ kind: 'point', z })).toBe(z);
  });

  test('the centre of each kind can be read off one output alone', () => {
    const row = (value: number) => tensor(new Float32Array(4).fill(value), [1, 4]);
    const grid = tensor(new Float32Array(4).fill(9), [1, 2, 1, 2]);
    const indices = { data: new Int32Array(2), dims: [1, 2, 1], dtype: 'int32' } as const;
    const outputs = {
      mean: row(1),
      log_var: row(2),
      z: row(3),
      log_q: row(4),
      kl: row(5),
      z_e: grid,
      indices,
    };
    const size = 4;
    for (const latent of [
      { kind: 'gaussian', size },
      { kind: 'point', size },
      { kind: 'flow', size, flow: 'planar', steps: 1 },
      { kind: 'ladder', size, levels: [2, 2] },
      { kind: 'codes', size, grid: [2, 1], codes: 8, dim: 2 },
    ] as const) {
      const card = { latent } as never;
      const name = centreName(latent.kind) as keyof typeof outputs;
      const found = centreOf({ [name]: outputs[name] }, card);
      expect(found).toEqual(centre(latentOf(outputs, card)));
      expect(found.dims).toEqual([1, 4]);
    }
  });
});

describe('samplePrior', () => {
  test('more draws under one seed begin with the same draws', () => {
    const few = samplePrior(3, 5, { seed: 9 });
    const many = samplePrior(8, 5, { seed: 9 });
    expect(many.data.slice(0, few.data.length)).toEqual(few.data);
    expect(many.dims).toEqual([8, 5]);
  });

  test('refuses a count below 1', () => {
    expect(() => samplePrior(0, 5, { seed: 1 })).toThrow(/count: expected/);
  });
});

describe('interpolateLatents', () => {
  const vector = fc.array(fc.float({ min: -4, max: 4, noNaN: true }), {
    minLength: 3,
    maxLength: 3,
  });
  const row = (data: Float32Array, index: number) => data.subarray(index * 3, index * 3 + 3);

  test('both paths start and end at their ends, to the bit', () => {
    fc.assert(
      fc.property(
        vector,
        vector,
        fc.constantFrom('lerp' as const, 'slerp' as const),
        (from, to, path) => {
          const [a, b] = [Float32Array.from(from), Float32Array.from(to)];
          const { data, dims } = interpolateLatents(a, b, { steps: 5, path });
          expect(dims).toEqual([5, 3]);
          expect(row(data, 0)).toEqual(a);
          expect(row(data, 4)).toEqual(b);
          expect(data.every(Number.isFinite)).toBe(true);
        },
      ),
    );
  });

  test('slerp keeps the norm that lerp loses', () => {
    const [a, b] = [Float32Array.of(2, 0, 0), Float32Array.of(0, 2, 0)];
    expect(norm(row(interpolateLatents(a, b, { steps: 3, path: 'slerp' }).data, 1))).toBeCloseTo(
      2,
      6,
    );
    expect(norm(row(interpolateLatents(a, b, { steps: 3 }).data, 1))).toBeCloseTo(Math.SQRT2, 6);
  });

  test('slerp between opposite, parallel and zero ends stays on the line', () => {
    const a = Float32Array.of(1, 2, 2);
    for (const b of [Float32Array.of(-1, -2, -2), Float32Array.of(2, 4, 4), new Float32Array(3)]) {
      const lerp = interpolateLatents(a, b, { steps: 5 });
      const slerp = interpolateLatents(a, b, { steps: 5, path: 'slerp' });
      expect(slerp.data).toEqual(lerp.data);
    }
  });

  test('refuses ends of different sizes, one step, an unknown path', () => {
    const a = new Float32Array(3);
    expect(() => interpolateLatents(a, new Float32Array(2), { steps: 3 })).toThrow(
      /two latents of one size/,
    );
    expect(() => interpolateLatents(a, a, { steps: 1 })).toThrow(/steps: expected/);
    expect(() => interpolateLatents(a, a, { steps: 3, path: 'spline' as 'lerp' })).toThrow(
      /path: expected/,
    );
  });
});
