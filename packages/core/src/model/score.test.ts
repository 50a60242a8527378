import { describe, expect, test } from '@jest/globals';
import type { GraphRunner } from '../run/runner.ts';
import { Session } from '../run/session.ts';
import { tensor } from '../tensor.ts';
import { fakeAutoencoder } from '../testing/fake-autoencoder.ts';
import { fakeCard } from '../testing/fake-card.ts';
import { Autoencoder } from './autoencoder.ts';
import { Decoder } from './decoder.ts';
import { Encoder } from './encoder.ts';
import { logLikelihood } from './likelihood.ts';

const VARIANCE = 0.25;

/**
 * x = z + noise of that variance, z ~ N(0, 1), of which all is known: p(x) = N(0, 1 + v), and the posterior
 * N(x / (1 + v), v / (1 + v)), from which that of the encoder is `off`.
 */
function linear(off = 0): Autoencoder {
  const card = fakeCard({
    item: [1],
    latent: { kind: 'gaussian', size: 1 },
    likelihood: { kind: 'gaussian', sigma: Math.sqrt(VARIANCE) },
  });
  card.item = { ...card.item, range: [-10, 10] };
  const runner = (run: (values: Float32Array) => Record<string, Float32Array>): GraphRunner => ({
    device: 'fake',
    inputs: [],
    outputs: [],
    run: async (feeds) =>
      Object.fromEntries(
        Object.entries(run((feeds['x'] ?? feeds['z'])?.data as Float32Array)).map(
          ([name, data]) => [name, tensor(data, [data.length, 1])],
        ),
      ),
    dispose: async () => {},
  });
  const encode = runner((x) => ({
    mean: x.map((value) => value / (1 + VARIANCE) + off),
    log_var: x.map(() => Math.log(VARIANCE / (1 + VARIANCE))),
  }));
  const decode = runner((z) => ({ mean: z.slice(), logits: z.slice() }));
  return new Autoencoder(
    new Encoder(card, new Session('encoder', encode), 'space'),
    new Decoder(card, new Session('decoder', decode)),
    { name: 'fake', attempts: [] },
  );
}

const items = Float32Array.of(-2, 0, 0.5, 3);
/** ln N(x; 0, 1 + v) */
const truth = Array.from(
  items,
  (x) => -0.5 * (Math.log(2 * Math.PI * (1 + VARIANCE)) + (x * x) / (1 + VARIANCE)),
);

describe('the importance-weighted bound', () => {
  test.each([1, 2, 50])(
    'is ln p(x) under the true posterior, with %s draws',
    async (importance) => {
      const { importanceWeighted, elbo } = await linear().score(items, { seed: 3, importance });
      expect(importanceWeighted).toHaveLength(4);
      for (const [i, value] of importanceWeighted!.entries()) {
        expect(value).toBeCloseTo(truth[i] as number, 4);
        // One draw of the ELBO is not.
        expect(Math.abs((elbo[i] as number) - (truth[i] as number))).toBeGreaterThan(1e-3);
      }
    },
  );

  test('comes nearer to ln p(x) from below with more draws of another posterior', async () => {
    const vae = linear(0.3);
    const gapOf = async (importance: number) => {
      let gap = 0;
      for (let seed = 0; seed < 40; seed++) {
        const { importanceWeighted } = await vae.score(items, { seed, importance });
        for (const [i, value] of importanceWeighted!.entries()) gap += (truth[i] as number) - value;
      }
      return gap / (40 * items.length);
    };
    const gaps = [await gapOf(1), await gapOf(10), await gapOf(200)] as const;
    // One draw, on average: the KL of the two posteriors, 0.3² / (2 v / (1 + v)).
    expect(gaps[0]).toBeGreaterThan(0.15);
    expect(gaps[0]).toBeLessThan(0.3);
    expect(gaps[1]).toBeLessThan(gaps[0] / 3);
    expect(gaps[2]).toBeLessThan(gaps[1]);
    expect(Math.abs(gaps[2])).toBeLessThan(0.01);
  });

  test('does not overflow where every draw is far off', async () => {
    const { importanceWeighted } = await linear(40).score(items, { seed: 1, importance: 3 });
    for (const value of importanceWeighted!) {
      expect(value).toBeLessThan(-1000);
      expect(value).toBeGreaterThan(-1e6);
    }
  });

  test.each([0, 1.5, '3'])('of %p draws is an argument error', async (importance) => {
    const scoring = linear().score(items, { seed: 1, importance: importance as number });
    await expect(scoring).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  test.each(['point', 'codes', 'ladder'] as const)(
    'is refused of a latent of kind %s, which has no density',
    async (kind) => {
      const latents = {
        point: { kind, size: 2 },
        ladder: { kind, size: 2, levels: [1, 1] },
        codes: { kind, size: 2, grid: [1, 1], codes: 4, dim: 2 },
      };
      const fake = await fakeAutoencoder({ item: [2], latent: latents[kind] as never });
      const scoring = fake.score(Float32Array.of(0.2, 0.4), { seed: 1, importance: 2 });
      await expect(scoring).rejects.toMatchObject({
        code: 'invalid-argument',
        message: expect.stringContaining(kind),
      });
    },
  );

  test('of a flow weighs the draws that its encoder makes', async () => {
    const flow = { kind: 'flow', size: 2, flow: 'planar', steps: 1 } as const;
    const fake = await fakeAutoencoder({ item: [2], latent: flow });
    const x = Float32Array.of(0.2, 0.4);
    const { importanceWeighted } = await fake.score(x, { seed: 1, importance: 4 });
    expect(importanceWeighted).toHaveLength(1);
    expect(Number.isFinite(importanceWeighted![0])).toBe(true);
  });
});

describe('maps', () => {
  test('are minus ln p of each element, and sum to minus the reconstruction', async () => {
    const vae = linear();
    const { maps, reconstruction } = await vae.score(items, { seed: 5, maps: true });
    expect(maps?.dims).toEqual([4, 1]);
    expect(Array.from(maps!.data, (value) => -value)).toEqual(
      Array.from(reconstruction, (value) => Math.fround(value)),
    );
    expect(await vae.score(items, { seed: 5 })).not.toHaveProperty('maps');
  });

  test('have the shape of the items, of bernoulli likelihoods too', async () => {
    const fake = await fakeAutoencoder({ item: [2, 3, 1], latent: { kind: 'gaussian', size: 2 } });
    const x = Float32Array.from({ length: 12 }, (_, i) => i / 12);
    const { maps, reconstruction } = await fake.score(x, { seed: 5, maps: true });
    expect(maps?.dims).toEqual([2, 2, 3, 1]);
    for (const [row, value] of reconstruction.entries()) {
      const sum = maps!.data.subarray(6 * row, 6 * row + 6).reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(-value, 4);
    }
    const decoded = await fake.reconstruct(x);
    expect(logLikelihood(x, decoded, fake.card)).toHaveLength(2);
  });
});
