import { describe, expect, test } from '@jest/globals';
import { LatentkitError } from '../errors/index.ts';
import type { LatentCard } from '../latents/index.ts';
import { LATENT_KINDS } from '../latents/index.ts';
import { hasPrior } from '../latents/look-up.ts';
import { tensor } from '../tensor.ts';
import { fakeAutoencoder } from './fake-autoencoder.ts';
import { fakeCard } from './fake-card.ts';

const LATENTS: LatentCard[] = [
  { kind: 'gaussian', size: 2 },
  { kind: 'point', size: 2 },
  { kind: 'flow', size: 2, flow: 'iaf', steps: 1 },
  { kind: 'ladder', size: 4, levels: [1, 3] },
  { kind: 'codes', size: 4, grid: [1, 2], codes: 8, dim: 2 },
];

test('there is a fake of every kind', () => {
  expect(LATENTS.map(({ kind }) => kind)).toEqual(Object.keys(LATENT_KINDS));
});

describe.each(LATENTS)('a fake of kind $kind', (latent) => {
  test('does what a model does', async () => {
    await using vae = await fakeAutoencoder({ latent, item: [2, 4] });
    const items = Float32Array.of(0, 0, 1, 1, 1, 1, 0.5, 0.5);
    expect((await vae.encoder.encode(items)).kind).toBe(latent.kind);
    expect((await vae.encoder.embed(items)).dims).toEqual([1, latent.size]);
    expect((await vae.reconstruct(items)).mean.dims).toEqual([1, 2, 4]);
    expect((await vae.score(items, { seed: 1 })).reconstruction).toHaveLength(1);
    const drawing = vae.sample(3, { seed: 1 });
    if (hasPrior(vae.card)) expect((await drawing).mean.dims).toEqual([3, 2, 4]);
    else await expect(drawing).rejects.toThrow('prior');
  });
});

test('encodes the means of stretches, and decodes a picture of them', async () => {
  await using vae = await fakeAutoencoder();
  const items = Float32Array.of(0, 0.5, 1, 0.5);
  expect(await vae.encoder.embed(items)).toEqual(tensor(Float32Array.of(0.25, 0.75), [1, 2]));
  const { mean, logits } = await vae.reconstruct(items);
  expect(mean).toEqual(tensor(Float32Array.of(0.25, 0.25, 0.75, 0.75), [1, 2, 2, 1]));
  expect(logits?.data[0]).toBeCloseTo(-Math.log(3), 6);
});

test('codes are the nearest of evenly spaced values', async () => {
  const latent = { kind: 'codes', size: 4, grid: [1, 2], codes: 4, dim: 2 } as const;
  await using vae = await fakeAutoencoder({ latent });
  const { indices } = await vae.encoder.encode(Float32Array.of(0, 0.2, 0.9, 0.7));
  expect([...indices.data]).toEqual([0, 3]);
  const { mean } = await vae.decoder.decode(indices);
  expect([...mean.data]).toEqual([0.125, 0.125, 0.875, 0.875]);
});

test('a draw made inside the encoder moves with its seed, and its density is that of the noise', async () => {
  const latent = { kind: 'flow', size: 2, flow: 'planar', steps: 2 } as const;
  await using vae = await fakeAutoencoder({ latent });
  const items = Float32Array.of(0, 0, 1, 1);
  const still = await vae.encoder.encode(items);
  const drawn = await vae.encoder.encode(items, { seed: 3 });
  expect([...still.z.data]).toEqual([0, 1]);
  expect(drawn.z.data).not.toEqual(still.z.data);
  const noise = drawn.z.data.map((z, i) => z - (still.z.data[i] as number));
  const squares = noise.reduce((sum, eps) => sum + eps ** 2, 0);
  expect(drawn.logQ.data[0]).toBeCloseTo(-Math.log(2 * Math.PI) - squares / 2, 5);
});

test('a conditional fake asks for its labels', async () => {
  await using vae = await fakeAutoencoder({ labels: ['no', 'yes'] });
  await expect(vae.sample(1, { seed: 1 })).rejects.toThrow('condition');
  expect((await vae.sample(1, { seed: 1, condition: 'yes' })).mean.dims).toEqual([1, 2, 2, 1]);
});

test('onRun is told of each run, fails calls and keeps them waiting', async () => {
  const runs: string[] = [];
  let failing = false;
  await using vae = await fakeAutoencoder({
    onRun(graph, count) {
      runs.push(`${graph} ${count}`);
      if (failing) throw new LatentkitError('runtime', 'The device is lost.');
    },
  });
  await vae.reconstruct(new Float32Array(8));
  expect(runs).toEqual(['encoder 2', 'decoder 2']);
  failing = true;
  await expect(vae.encoder.embed(new Float32Array(4))).rejects.toThrow('The device is lost.');
});

test.each<[string, object]>([
  ['item', { item: [0] }],
  ['item', { item: 3 }],
  ['latent', { latent: 'gaussian' }],
  ['latent.size', { latent: { kind: 'gaussian', size: -1 } }],
  ['likelihood', { likelihood: 7 }],
  ['labels', { labels: ['one'] }],
])('a wrong %s is refused by name', (name, options) => {
  expect(() => fakeCard(options)).toThrow(
    expect.objectContaining({ code: 'invalid-argument', message: expect.stringContaining(name) }),
  );
});

test('a latent that contradicts itself is refused as on any card', async () => {
  const latent = { kind: 'ladder', size: 4, levels: [1, 1] } as const;
  await expect(fakeAutoencoder({ latent })).rejects.toThrow('latent.levels: expected a sum of 4');
});
