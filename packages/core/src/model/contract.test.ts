import { describe, expect, test } from '@jest/globals';
import { loadAutoencoder, loadEncoder } from '../load/load.ts';
import { tensor } from '../tensor.ts';
import { fakeEncoder, fakePlatform, fakeSource } from '../testing.ts';
import { logLikelihood } from './likelihood.ts';

/** What the types and the documentation promise of calls, tried on the fake model. */
const load = () => loadAutoencoder(fakePlatform(), fakeSource(), { latent: 'gaussian' });
const item = Float32Array.of(0, 0.5, 1, 1);

describe('{ latent }', () => {
  test('another kind than the card’s is refused, and what is no kind before anything is read', async () => {
    const source = fakeSource();
    await expect(loadEncoder(fakePlatform(), source, { latent: 'point' })).rejects.toMatchObject({
      code: 'invalid-argument',
      argument: 'latent',
      message: "latent: expected 'gaussian', the kind of fake (memory), received 'point'.",
    });
    expect(source.reads).toEqual(['model.json']);
    const unread = fakeSource();
    await expect(
      loadAutoencoder(fakePlatform(), unread, { latent: 'fourier' as never }),
    ).rejects.toMatchObject({ code: 'invalid-argument', argument: 'latent' });
    expect(unread.reads).toEqual([]);
  });

  test('the type cannot be claimed without it', () => {
    // @ts-expect-error A kind that is not checked is no type.
    const claimed = () => loadAutoencoder<'gaussian'>(fakePlatform(), fakeSource());
    expect(claimed).toBeInstanceOf(Function);
  });
});

test('the decoder takes what the encoder gives, and refuses what another gave', async () => {
  const vae = await load();
  const latent = await vae.encoder.encode(item);
  const decoded = await vae.decoder.decode(latent);
  expect(decoded).toEqual(await vae.decoder.decode(latent.mean));
  await expect(vae.decoder.decode({ kind: 'point', z: latent.mean })).rejects.toThrow(
    "latents: expected a latent of kind 'gaussian', as the encoder of this model gives, received one of kind 'point'.",
  );
});

test('the ELBO is ln p(x|z) − KL, by the closed forms', async () => {
  const vae = await load();
  // mean = (0.5, 2), log_var = 0: KL = ‖mean‖² / 2.
  const { elbo, kl, reconstruction } = await vae.score(item, { seed: 3 });
  expect(kl).toEqual(Float64Array.of((0.25 + 4) / 2));
  const latent = await vae.encoder.encode(item);
  const decoded = await vae.decoder.decode(latent.sample({ seed: 3 }));
  expect(reconstruction).toEqual(logLikelihood(item, decoded, vae.card));
  expect(elbo[0]).toBe((reconstruction[0] as number) - 2.125);
});

describe('options that are missing or misshapen', () => {
  test.each<[string, (vae: Awaited<ReturnType<typeof load>>) => unknown]>([
    ['sample without options', (vae) => (vae.sample as (count: number) => unknown)(4)],
    ['sample without a seed', (vae) => vae.sample(4, {} as never)],
    ['sample of no count', (vae) => vae.sample('4' as never, { seed: 1 })],
    ['score without options', (vae) => (vae.score as (items: unknown) => unknown)(item)],
    ['score without a seed', (vae) => vae.score(item, {} as never)],
    ['interpolate without options', (vae) => vae.interpolate(item, item, undefined as never)],
    ['encode with null', (vae) => vae.encoder.encode(item, null as never)],
    ['embed with a number', (vae) => vae.encoder.embed(item, 5 as never)],
    ['decode with a list', (vae) => vae.decoder.decode(new Float32Array(2), [] as never)],
    ['reconstruct with text', (vae) => vae.reconstruct(item, 'fast' as never)],
  ])('%s', async (_, call) => {
    const vae = await load();
    await expect(Promise.resolve(vae).then(call)).rejects.toMatchObject({
      name: 'ArgumentError',
      code: 'invalid-argument',
    });
  });
});

describe('a graph that leaves its sizes open', () => {
  test('must give those that the card says', async () => {
    const platform = fakePlatform({
      encoder: {
        outputs: ['mean', 'log_var'].map((name) => ({
          name,
          dtype: 'float32' as const,
          shape: ['batch', 'size'],
        })),
        run: async () => ({
          mean: tensor(new Float32Array(4), [1, 4]),
          log_var: tensor(new Float32Array(4), [1, 4]),
        }),
      },
    });
    const { encoder } = await loadAutoencoder(platform, fakeSource());
    await expect(encoder.embed(item)).rejects.toMatchObject({
      code: 'runtime',
      message: expect.stringContaining("output 'mean' should have 1 × 2 elements"),
    });
  });

  test('what is not finite in an output is said of the model', async () => {
    const real = fakeEncoder();
    const platform = fakePlatform({
      encoder: {
        run: async (feeds) => {
          const outputs = await real.run(feeds);
          outputs['mean']?.data.fill(Number.NaN as never);
          return outputs;
        },
      },
    });
    const { encoder } = await loadAutoencoder(platform, fakeSource());
    await expect(encoder.embed(item)).rejects.toThrow(/The model gave NaN in its output 'mean'/);
  });
});
