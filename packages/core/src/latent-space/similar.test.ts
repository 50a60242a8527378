import { describe, expect, test } from '@jest/globals';
import { momentsOf } from './moments.ts';
import { similarLatents } from './similar.ts';
import { normal, rows } from './testing.ts';

describe('similar latents', () => {
  test('strength 0 gives the latent, and every strength keeps the variance of the prior', () => {
    expect(similarLatents(rows([1, 2], [3, 4]), { count: 2, strength: 0, seed: 1 })).toEqual(
      rows([1, 2], [1, 2], [3, 4], [3, 4]),
    );
    const z = normal(4000, 4);
    for (const strength of [0.3, 0.7, 1]) {
      const { covariance } = momentsOf(similarLatents(z, { count: 1, strength, seed: 2 }));
      for (let i = 0; i < 4; i++) expect(covariance[5 * i]).toBeCloseTo(1, 1);
    }
  });

  test('the correlation with the latent is √(1 − strength)', () => {
    const z = normal(20_000, 1);
    const near = similarLatents(z, { count: 1, strength: 0.36, seed: 3 });
    const product = z.data.reduce((sum, value, i) => sum + value * (near.data[i] as number), 0);
    expect(product / 20_000).toBeCloseTo(0.8, 1);
  });

  test.each([-0.1, 1.1, Number.NaN])('strength %p is refused', (strength) => {
    expect(() => similarLatents(rows([1]), { count: 1, strength, seed: 1 })).toThrow(/from 0 to 1/);
  });
});
