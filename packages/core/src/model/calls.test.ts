import { describe, expect, test } from '@jest/globals';
import type { GraphRunner } from '../run/runner.ts';
import { Session } from '../run/session.ts';
import { fakeAutoencoder } from '../testing/fake-autoencoder.ts';
import { fakeCard, fakeDecoder, fakeEncoder } from '../testing.ts';
import { Autoencoder } from './autoencoder.ts';
import { CodePrior } from './code-prior.ts';
import { Decoder } from './decoder.ts';
import { Encoder } from './encoder.ts';
import { floats } from './testing.ts';

describe('a signal that has fired ends', () => {
  const item = floats(0.1, 0.2, 0.3, 0.4);
  const z = floats(0.25, 0.75);
  const options = { signal: AbortSignal.abort('enough'), seed: 1 };
  const codes = { kind: 'codes', size: 2, grid: [1, 1], codes: 4, dim: 2 } as const;

  test.each<[string, (model: Awaited<ReturnType<typeof fakeAutoencoder>>) => Promise<unknown>]>([
    ['encode', ({ encoder }) => encoder.encode(item, options)],
    ['embed', ({ encoder }) => encoder.embed(item, options)],
    ['the encoder’s stream', ({ encoder }) => encoder.stream([item], options).next()],
    ['decode', ({ decoder }) => decoder.decode(z, options)],
    ['the decoder’s stream', ({ decoder }) => decoder.stream([z], options).next()],
    ['reconstruct', (model) => model.reconstruct(item, options)],
    ['a moved reconstruct', (model) => model.reconstruct(item, { ...options, offset: z })],
    ['sample', (model) => model.sample(1, options)],
    ['edit', (model) => model.edit(item, z, 1, options)],
    ['similar', (model) => model.similar(item, options)],
    ['augment', (model) => model.augment(item, options)],
    ['traverse', (model) => model.traverse(item, options)],
    ['interpolate', (model) => model.interpolate(item, item, { ...options, steps: 2 })],
    ['score', (model) => model.score(item, options)],
  ])('%s', async (_, call) => {
    const runs: string[] = [];
    const model = await fakeAutoencoder({ onRun: (graph) => void runs.push(graph) });
    await expect(call(model)).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
    expect(runs).toEqual([]);
  });

  test('sample and decode of codes', async () => {
    const model = await fakeAutoencoder({ item: [2], latent: codes });
    const aborted = { code: 'aborted' };
    await expect(model.sample(1, options)).rejects.toMatchObject(aborted);
    await expect(model.decoder.decode(Int32Array.of(1), options)).rejects.toMatchObject(aborted);
  });

  test('score, while it counts likelihoods', async () => {
    const controller = new AbortController();
    const model = await fakeAutoencoder({
      onRun: (graph) =>
        graph === 'decoder' ? queueMicrotask(() => controller.abort()) : undefined,
    });
    const scoring = model.score(new Float32Array(400), { seed: 1, signal: controller.signal });
    await expect(scoring).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('dispose', () => {
  /** A model of all the sessions that one may have, and the names of those that were disposed of. */
  function model() {
    const disposed: string[] = [];
    const session = (name: string, runner: GraphRunner) =>
      new Session(name, { ...runner, dispose: async () => void disposed.push(name) });
    const card = fakeCard();
    card.latent = { kind: 'codes', size: 2, grid: [1, 1], codes: 2, dim: 2 };
    const encoder = new Encoder(card, session('encoder', fakeEncoder()), 'the space');
    const decoder = new Decoder(
      card,
      session('decoder', fakeDecoder({ device: 'another' })),
      session('codebook', fakeDecoder()),
    );
    const prior = new CodePrior(card, card.latent, session('prior', fakeDecoder()));
    const device = { name: 'fake', attempts: [] };
    const joined = session('joined', fakeEncoder());
    const whole = new Autoencoder(encoder, decoder, device, { prior, joined });
    return { whole, encoder, decoder, device, card, disposed };
  }

  test('of a model frees all of its sessions', async () => {
    const { whole, disposed } = model();
    await whole[Symbol.asyncDispose]();
    expect(disposed.toSorted()).toEqual(['codebook', 'decoder', 'encoder', 'joined', 'prior']);
  });

  test('of one half frees those of that half', async () => {
    const { encoder, decoder, disposed } = model();
    await encoder[Symbol.asyncDispose]();
    expect(disposed).toEqual(['encoder']);
    await decoder[Symbol.asyncDispose]();
    expect(disposed.toSorted()).toEqual(['codebook', 'decoder', 'encoder']);
  });

  test('a model tells its card, its space and where it runs', () => {
    const { whole, encoder, decoder, device, card } = model();
    expect(whole).toMatchObject({ card, device, space: 'the space' });
    expect([encoder.device, decoder.device]).toEqual(['fake', 'another']);
  });
});
