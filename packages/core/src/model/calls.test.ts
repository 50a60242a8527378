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
  const signal = AbortSignal.abort('enough');
  const options = { signal, seed: 1 };
  const codes = { kind: 'codes', size: 2, grid: [1, 1], codes: 4, dim: 2 } as const;

  test.each<[string, (model: Awaited<ReturnType<typeof fakeAutoencoder>>) => Promise<unknown>]>([
    ['encode', ({ encoder }) => encoder.encode(item, options)],
    ['embed', ({ encoder }) => encoder.embed(item, { signal })],
    ['the encoder’s stream', ({ encoder }) => encoder.stream([item], { signal }).next()],
    ['decode', ({ decoder }) => decoder.decode(z, { signal })],
    ['the decoder’s stream', ({ decoder }) => decoder.stream([z], { signal }).next()],
    ['reconstruct', (model) => model.reconstruct(item, { signal })],
    ['a moved reconstruct', (model) => model.reconstruct(item, { signal, offset: z })],
    ['sample', (model) => model.sample(1, options)],
    ['edit', (model) => model.edit(item, z, 1, { signal })],
    ['similar', (model) => model.similar(item, options)],
    ['augment', (model) => model.augment(item, options)],
    ['traverse', (model) => model.traverse(item, { signal })],
    ['interpolate', (model) => model.interpolate(item, item, { signal, steps: 2 })],
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
    await expect(model.decoder.decode(Int32Array.of(1), { signal })).rejects.toMatchObject(aborted);
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

  type Model = Awaited<ReturnType<typeof fakeAutoencoder>>;
  const item = floats(0.1, 0.2, 0.3, 0.4);
  const z = floats(0.25, 0.75);
  const codes = { kind: 'codes', size: 2, grid: [1, 1], codes: 4, dim: 2 } as const;
  const kinds = { vectors: { kind: 'gaussian', size: 2 } as const, codes };
  /** A model each of whose runs takes a turn of the event loop. */
  const slow = (latent: (typeof kinds)[keyof typeof kinds]) =>
    fakeAutoencoder({
      latent,
      item: [4],
      onRun: () => new Promise((resolve) => setTimeout(resolve, 1)),
    }) as Promise<Model>;

  const CALLS: readonly [string, keyof typeof kinds, (model: Model) => Promise<unknown>][] = [
    ['reconstruct', 'vectors', (model) => model.reconstruct(item)],
    ['a moved reconstruct', 'codes', (model) => model.reconstruct(item, { offset: z })],
    ['sample', 'vectors', (model) => model.sample(1, { seed: 1 })],
    ['sample of codes', 'codes', (model) => model.sample(1, { seed: 1 })],
    ['edit', 'vectors', (model) => model.edit(item, z, 1)],
    ['similar', 'vectors', (model) => model.similar(item, { seed: 1 })],
    ['augment', 'vectors', (model) => model.augment(item, { seed: 1 })],
    ['traverse', 'codes', (model) => model.traverse(item)],
    ['interpolate', 'codes', (model) => model.interpolate(item, item, { steps: 2 })],
    ['score', 'vectors', (model) => model.score(item, { seed: 1, importance: 2 })],
    ['score of codes', 'codes', (model) => model.score(item, { seed: 1 })],
  ];
  const HALVES: typeof CALLS = [
    ['encode', 'vectors', ({ encoder }) => encoder.encode(item)],
    ['embed', 'vectors', ({ encoder }) => encoder.embed(item)],
    ['decode', 'vectors', ({ decoder }) => decoder.decode(z)],
    ['decode of codes', 'codes', ({ decoder }) => decoder.decode(Int32Array.of(1))],
  ];

  test.each([...CALLS, ...HALVES])(
    'lets %s of %s finish, begun before it',
    async (_, kind, call) => {
      const model = await slow(kinds[kind]);
      const wanted = await call(await slow(kinds[kind]));
      const ended: string[] = [];
      const begun = call(model).finally(() => ended.push('call'));
      const disposal = model.dispose().then(() => ended.push('dispose'));
      expect(JSON.stringify(await begun)).toBe(JSON.stringify(wanted));
      await disposal;
      expect(ended).toEqual(['call', 'dispose']);
    },
  );

  test.each(CALLS)('refuses %s of %s, begun after it, at once', async (_, kind, call) => {
    const model = await slow(kinds[kind]);
    const earlier = model.reconstruct(item);
    const disposal = model.dispose();
    await expect(call(model)).rejects.toMatchObject({
      code: 'disposed',
      message: 'fake was used after dispose(). Load the model again to go on.',
    });
    await Promise.all([earlier, disposal]);
    await expect(call(model)).rejects.toMatchObject({ code: 'disposed' });
  });

  test.each(HALVES)(
    'of a half lets its %s of %s finish, and refuses later ones',
    async (_, kind, call) => {
      const model = await slow(kinds[kind]);
      const begun = call(model);
      const disposal = Promise.all([model.encoder.dispose(), model.decoder.dispose()]);
      await expect(call(model)).rejects.toMatchObject({ code: 'disposed' });
      await expect(begun).resolves.toBeDefined();
      await disposal;
    },
  );

  test('waits for a call that fails, and frees the sessions after it', async () => {
    const { whole, disposed } = model();
    const failing = whole.reconstruct(floats(1));
    const disposal = whole.dispose();
    await expect(failing).rejects.toMatchObject({ code: 'invalid-input' });
    await disposal;
    expect(disposed).toHaveLength(5);
  });
});
