import { describe, expect, test } from '@jest/globals';
import { samplePrior } from '../latents/noise.ts';
import { loadAutoencoder } from '../load/load.ts';
import type { GraphRunner } from '../run/runner.ts';
import { Session } from '../run/session.ts';
import { type Tensor, tensor } from '../tensor.ts';
import { fakeCard, fakeDecoder, fakeEncoder, fakePlatform, fakeSource } from '../testing.ts';
import { Autoencoder } from './autoencoder.ts';
import { Decoder } from './decoder.ts';
import { Encoder } from './encoder.ts';

const load = () => loadAutoencoder(fakePlatform(), fakeSource(), { latent: 'gaussian' });
const item = (...values: number[]) => Float32Array.from(values);
const sigmoid = (x: number) => Math.fround(1 / (1 + Math.exp(-x)));

describe('Autoencoder', () => {
  test('encode gives the posterior, embed its mean', async () => {
    const vae = await load();
    const items = item(0, 1, 1, 1, 0, 0, 0.5, 0);
    const q = await vae.encoder.encode(items);
    expect(q.kind).toBe('gaussian');
    expect(q.mean).toEqual(tensor(item(1, 2, 0, 0.5), [2, 2]));
    expect(q.logVar.dims).toEqual([2, 2]);
    expect(await vae.encoder.embed(items)).toEqual(q.mean);
  });

  test('embed asks the runner for the mean alone', async () => {
    const wanted: unknown[] = [];
    const real = fakeEncoder();
    const platform = fakePlatform({
      encoder: {
        run: (feeds, options) => {
          wanted.push(options?.wanted);
          return real.run(feeds, options);
        },
      },
    });
    const { encoder } = await loadAutoencoder(platform, fakeSource());
    const items = new Float32Array(4);
    await encoder.embed(items);
    for await (const _ of encoder.stream([items])) expect(wanted).toHaveLength(2);
    await encoder.encode(items);
    expect(wanted).toEqual([['mean'], ['mean'], undefined]);
  });

  test('decode gives mean and logits in the shape of the items', async () => {
    const vae = await load();
    const { mean, logits } = await vae.decoder.decode(item(0, 2));
    expect(mean.dims).toEqual([1, 2, 2, 1]);
    expect([...mean.data]).toEqual([0.5, 0.5, sigmoid(2), sigmoid(2)]);
    expect([...(logits?.data ?? [])]).toEqual([0, 0, 2, 2]);
  });

  test('reconstruct decodes the embedding, without noise', async () => {
    const vae = await load();
    const { mean } = await vae.reconstruct(item(0, 0, 1, 1));
    expect([...mean.data]).toEqual([0.5, 0.5, sigmoid(2), sigmoid(2)]);
  });

  test('reconstruct moves embeddings by an offset', async () => {
    const vae = await load();
    const two = item(0, 0, 1, 1, 1, 0, 0, 0);
    const { logits } = await vae.reconstruct(two, { offset: item(0.5, -1) });
    expect([...(logits?.data ?? [])]).toEqual([0.5, 0.5, 1, 1, 1.5, 1.5, -1, -1]);
    for (const offset of [
      item(1),
      item(1, 2, 3, 4),
      item(Number.NaN, 0),
      ...([[1, 2], 0, null, Number.NaN] as never[]),
    ]) {
      await expect(vae.reconstruct(two, { offset })).rejects.toMatchObject({
        code: 'invalid-input',
      });
    }
  });

  test('where the device keeps embeddings, reconstruct is one run of both graphs', async () => {
    const runs: string[][] = [];
    const links: unknown[] = [];
    const platform = fakePlatform({
      encoder: {
        into(next, link) {
          links.push(link);
          const run: GraphRunner['run'] = async (feeds) => {
            runs.push(Object.keys(feeds));
            const { mean } = await fakeEncoder().run(feeds);
            const z = mean as Tensor<'float32'>;
            const offset = feeds[link.offset]?.data as Float32Array | undefined;
            const moved = z.data.map((value, i) => value + (offset?.[i] ?? 0));
            return next.run({ [link.input]: tensor(moved, z.dims) });
          };
          return fakeEncoder({ run, outputs: next.outputs });
        },
        run: async () => {
          throw new Error('the encoder ran alone');
        },
      },
    });
    const vae = await loadAutoencoder(platform, fakeSource());
    const apart = await load();
    const two = item(0, 0, 1, 1, 1, 0, 0, 0);
    expect(await vae.reconstruct(two)).toEqual(await apart.reconstruct(two));
    const moved = { offset: item(0.5, -1) };
    expect(await vae.reconstruct(two, moved)).toEqual(await apart.reconstruct(two, moved));
    expect(runs).toEqual([['x'], ['x', 'latentkit:offset']]);
    expect(links).toEqual([{ output: 'mean', input: 'z', offset: 'latentkit:offset' }]);
    await vae.dispose();
    await expect(vae.reconstruct(two)).rejects.toMatchObject({ code: 'disposed' });
  });

  test('sample decodes seeded draws from the prior', async () => {
    const vae = await load();
    const options = { seed: 3, temperature: 0.5 };
    const sampled = await vae.sample(4, options);
    expect(sampled).toEqual(await vae.decoder.decode(samplePrior(4, 2, options)));
    expect(sampled.mean.dims).toEqual([4, 2, 2, 1]);
  });

  test('interpolate starts and ends at the reconstructions', async () => {
    const vae = await load();
    const [a, b] = [item(0, 0, 1, 1), item(1, 1, 0, 0)];
    const { mean } = await vae.interpolate(a, b, { steps: 4, path: 'slerp' });
    expect(mean.dims).toEqual([4, 2, 2, 1]);
    expect(mean.data.slice(0, 4)).toEqual((await vae.reconstruct(a)).mean.data);
    expect(mean.data.slice(12)).toEqual((await vae.reconstruct(b)).mean.data);
    await expect(vae.interpolate(item(0, 0, 1, 1, 0, 0, 1, 1), b, { steps: 4 })).rejects.toThrow(
      /one item, received 2 items/,
    );
  });

  test('a deterministic autoencoder has codes, and refuses to sample', async () => {
    const card = fakeCard();
    card.family = 'ae';
    card.latent = { kind: 'point', size: 2 };
    const encoder = fakeEncoder({
      run: async () => ({ z: tensor(item(1, 2), [1, 2]) }),
    });
    const ae = new Autoencoder(
      new Encoder<'point'>(card, new Session('encoder', encoder), 'space'),
      new Decoder(card, new Session('decoder', fakeDecoder())),
      { name: 'fake', attempts: [] },
    );
    const latent = await ae.encoder.encode(item(0, 0, 0, 0));
    expect(latent).toEqual({ kind: 'point', z: tensor(item(1, 2), [1, 2]) });
    expect((await ae.encoder.embed(item(0, 0, 0, 0))).data).toEqual(item(1, 2));
    await expect(ae.sample(1, { seed: 1 })).rejects.toThrow(/a model with the prior/);
  });

  test('dispose is idempotent, and use afterwards is a typed error', async () => {
    const vae = await load();
    await vae.dispose();
    await vae.dispose();
    await expect(vae.encoder.embed(item(0, 0, 0, 0))).rejects.toMatchObject({ code: 'disposed' });
    await expect(vae.sample(1, { seed: 1 })).rejects.toMatchObject({ code: 'disposed' });
  });

  test('dispose waits for samples that were asked for before', async () => {
    const vae = await load();
    const [{ mean }] = await Promise.all([vae.sample(2, { seed: 1 }), vae.dispose()]);
    expect(mean.dims[0]).toBe(2);
  });

  test('a graph that does not give what the card names is a typed error', async () => {
    const vae = await loadAutoencoder(
      fakePlatform({ encoder: { run: async () => ({}) } }),
      fakeSource(),
    );
    await expect(vae.encoder.embed(item(0, 0, 0, 0))).rejects.toMatchObject({
      code: 'runtime',
      message: /output 'mean'/,
    });
  });
});
