import { describe, expect, test } from '@jest/globals';
import type { LatentSpaceCard } from '../card/latent-space-card.ts';
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
function linear(
  off = 0,
  latentSpace?: LatentSpaceCard,
  prior?: NonNullable<LatentSpaceCard['mixture']>,
): Autoencoder {
  const card = fakeCard({
    item: [1],
    latent: { kind: 'gaussian', size: 1, ...(prior ? { prior } : {}) },
    likelihood: { kind: 'gaussian', sigma: Math.sqrt(VARIANCE) },
  });
  if (latentSpace) card.latentSpace = latentSpace;
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

describe("a prior of the model's own", () => {
  const part = (weight: number, mean: number, deviation: number) => ({
    ...{ weight, mean: [mean], factor: [deviation] },
  });

  test('that is N(0, I) gives the same bound as none, and its KL in expectation', async () => {
    const prior = { protocol: 'by hand', components: [part(0.4, 0, 1), part(0.6, 0, 1)] };
    const [own, plain] = [linear(0.3, undefined, prior), linear(0.3)];
    const importance = { seed: 3, importance: 5 };
    const found = await own.score(items, importance);
    const { importanceWeighted, kl, reconstruction } = await plain.score(items, importance);
    expect([...(found.importanceWeighted ?? [])]).toEqual(
      Array.from(importanceWeighted ?? [], (value) => expect.closeTo(value, 6)),
    );
    expect(found.reconstruction).toEqual(reconstruction);
    const mean = new Float64Array(4);
    for (let seed = 0; seed < 4000; seed++) {
      const one = await own.score(items, { seed });
      for (const [i, value] of one.kl.entries()) mean[i] = (mean[i] as number) + value / 4000;
    }
    for (const [i, value] of kl.entries()) {
      expect(Math.abs((mean[i] as number) - value)).toBeLessThan(0.15);
    }
  });

  test('that is another makes another ln p(x)', async () => {
    // x = z + noise, z ~ ½ N(−1, s²) + ½ N(2, s²).
    const prior = { protocol: 'by hand', components: [part(0.5, -1, 0.7), part(0.5, 2, 0.7)] };
    const { importanceWeighted } = await linear(0, undefined, prior).score(items, {
      seed: 3,
      importance: 3000,
    });
    for (const [i, x] of items.entries()) {
      const variance = 0.49 + VARIANCE;
      const of = (mean: number) => Math.exp((-0.5 * (x - mean) ** 2) / variance);
      const truth = Math.log((of(-1) + of(2)) / 2 / Math.sqrt(2 * Math.PI * variance));
      expect(Math.abs((importanceWeighted?.[i] as number) - truth)).toBeLessThan(0.05);
    }
  });
});

describe('the density of latents', () => {
  /** ⅓ N(0, 4) + ⅔ N(−1, ¼) */
  const mixture = {
    protocol: 'by hand',
    components: [
      { weight: 1 / 3, mean: [0], factor: [2] },
      { weight: 2 / 3, mean: [-1], factor: [0.5] },
    ],
  };
  const normal = (z: number, mean: number, deviation: number) =>
    Math.exp(-0.5 * ((z - mean) / deviation) ** 2) / (deviation * Math.sqrt(2 * Math.PI));
  const density = (x: number) => {
    const z = x / (1 + VARIANCE);
    return Math.log(normal(z, 0, 2) / 3 + (2 * normal(z, -1, 0.5)) / 3);
  };
  const threshold = (score: 'elbo' | 'reconstruction' | 'density', value: number) => ({
    ...{ score, value, falseAlarms: 0.1, protocol: 'by hand', count: 10 },
  });

  test('is that of their centres under the mixture on the card', async () => {
    const { density: found, odd } = await linear(0, { mixture }).score(items, {
      seed: 1,
      density: true,
    });
    expect(found).toHaveLength(4);
    for (const [i, value] of found!.entries()) expect(value).toBeCloseTo(density(items[i]!), 5);
    expect(odd).toBeUndefined();
  });

  test('is the same of many as of each', async () => {
    const many = Float32Array.from({ length: 700_000 }, (_, i) => ((i * 7919) % 2000) / 100 - 10);
    const { density: found } = await linear(0, { mixture }).score(many, { seed: 1, density: true });
    const wrong = many.findIndex((x, i) => Math.abs(density(x) - found![i]!) > 1e-5);
    expect(wrong).toBe(-1);
  });

  test('is left out where it is not asked for, and told where the card has a threshold of it', async () => {
    const without = linear(0, { mixture, thresholds: [threshold('elbo', -2)] });
    expect(await without.score(items, { seed: 1 })).not.toHaveProperty('density');
    const value = density(1);
    const { odd, density: found } = await linear(0, {
      mixture,
      thresholds: [threshold('density', value)],
    }).score(items, { seed: 1 });
    expect(found).toHaveLength(4);
    expect(Array.from(odd!)).toEqual(Array.from(items, (x) => Number(density(x) < value)));
    expect(Array.from(odd!)).toContain(0);
    expect(Array.from(odd!)).toContain(1);
  });

  test('an item is odd that is below any of the thresholds', async () => {
    const thresholds = [threshold('reconstruction', -1), threshold('density', density(0))];
    const { odd, reconstruction } = await linear(0, { mixture, thresholds }).score(items, {
      seed: 1,
    });
    const wanted = Array.from(items, (x, i) =>
      Number(reconstruction[i]! < -1 || density(x) < density(0)),
    );
    expect(Array.from(odd!)).toEqual(wanted);
    expect(Array.from(reconstruction, (value) => Number(value < -1))).not.toEqual(wanted);
  });

  test('is refused of a card that keeps no mixture', async () => {
    await expect(linear().score(items, { seed: 1, density: true })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('--mixture --record'),
    });
  });

  test('an abort ends it', async () => {
    const scoring = linear(0, { mixture }).score(items, {
      ...{ seed: 1, density: true, signal: AbortSignal.abort() },
    });
    await expect(scoring).rejects.toMatchObject({ code: 'aborted' });
  });
});
