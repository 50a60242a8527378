import { describe, expect, test } from '@jest/globals';
import type { LatentKind } from '../latents/index.ts';
import { fakeAutoencoder } from '../testing/fake-autoencoder.ts';
import type { Autoencoder } from './autoencoder.ts';
import { floats } from './testing.ts';

/** What the methods of a model refuse, word by word. */
const LATENTS = {
  gaussian: { kind: 'gaussian', size: 2 },
  point: { kind: 'point', size: 2 },
  codes: { kind: 'codes', size: 2, grid: [1, 1], codes: 4, dim: 2 },
  ladder: { kind: 'ladder', size: 2, levels: [1, 1] },
} as const;

const load = (kind: keyof typeof LATENTS): Promise<Autoencoder<LatentKind>> =>
  fakeAutoencoder({ item: [2], latent: LATENTS[kind] as (typeof LATENTS)['gaussian'] });

const one = floats(0.2, 0.4);
const two = floats(0.2, 0.4, 0.6, 0.8);
const none = (instead: string) =>
  `model: expected a model with the prior N(0, I) over its latents (this one, of family 'vae', has another or none: ${instead}), received 'fake'.`;
const density = (kind: string) =>
  `importance: expected a model whose posterior has a density, which a latent of kind '${kind}' does not have, received 2.`;

test.each<[keyof typeof LATENTS, string, (model: Autoencoder) => Promise<unknown>, string]>([
  [
    'gaussian',
    'reconstruct by two offsets',
    (model) => model.reconstruct(two, { offset: two }),
    'offset: expected one vector of 2, received 2 vectors.',
  ],
  [
    'gaussian',
    'traverse of two items',
    (model) => model.traverse(two),
    'item: expected one item, received 2 items.',
  ],
  [
    'gaussian',
    'traverse of no dimension',
    (model) => model.traverse(one, { dimensions: 0 }),
    'dimensions: expected an integer from 1 to 2, received 0.',
  ],
  [
    'gaussian',
    'interpolate to two items',
    (model) => model.interpolate(one, two, { steps: 2 }),
    'interpolation end: expected one item, received 2 items.',
  ],
  [
    'gaussian',
    'interpolate without options',
    (model) => model.interpolate(one, one, undefined as never),
    'options: expected an object of options, such as { steps: 8 }, received undefined.',
  ],
  [
    'gaussian',
    'sample by another sampler',
    (model) => model.sample(1, { seed: 1, sampler: 'flow' as never }),
    "sampler: expected 'prior' or 'mixture', received 'flow'.",
  ],
  [
    'gaussian',
    'sample of a mixture that is not there',
    (model) => model.sample(1, { seed: 1, sampler: 'mixture' }),
    "sampler: expected 'prior': the card of fake keeps no mixture (fit one with 'latentkit directions MODEL --mixture --record'), received 'mixture'.",
  ],
  [
    'gaussian',
    'sample of none within a truncation',
    (model) => model.sample(0, { seed: 1, truncation: 1 }),
    'count: expected an integer from 1 to 1073741823, received 0.',
  ],
  [
    'gaussian',
    'sample of more than arrays hold',
    (model) => model.sample(2 ** 30, { seed: 1, truncation: 1 }),
    'count: expected an integer from 1 to 1073741823, received 1073741824.',
  ],
  [
    'gaussian',
    'edit by no amount',
    (model) => model.edit(one, one, Number.POSITIVE_INFINITY),
    'amount: expected a finite number, received Infinity.',
  ],
  [
    'gaussian',
    'augment of no draws',
    (model) => model.augment(one, { seed: 1, count: 0 }),
    'count: expected an integer from 1 to 1073741823, received 0.',
  ],
  [
    'gaussian',
    'augment at no temperature',
    (model) => model.augment(one, { seed: 1, temperature: -1 }),
    'temperature: expected a number from 0 to 1e+37, received -1.',
  ],
  [
    'gaussian',
    'score by no draws',
    (model) => model.score(one, { seed: 1, importance: 0 }),
    'importance: expected an integer of at least 1, received 0.',
  ],
  ['point', 'sample', (model) => model.sample(1, { seed: 1 }), none('interpolate instead')],
  [
    'point',
    'sample within a truncation',
    (model) => model.sample(1, { seed: 1, truncation: 1 }),
    none('interpolate instead'),
  ],
  ['point', 'similar', (model) => model.similar(one, { seed: 1 }), none('interpolate instead')],
  [
    'point',
    'augment',
    (model) => model.augment(one, { seed: 1 }),
    none('it has no posterior to draw from'),
  ],
  ['codes', 'similar', (model) => model.similar(one, { seed: 1 }), none('interpolate instead')],
  [
    'codes',
    'sample within a truncation',
    (model) => model.sample(1, { seed: 1, truncation: 2 }),
    'truncation: expected none, for a prior over codes, received 2.',
  ],
  [
    'codes',
    'score by draws',
    (model) => model.score(one, { seed: 1, importance: 2 }),
    density('codes'),
  ],
  [
    'point',
    'score by draws',
    (model) => model.score(one, { seed: 1, importance: 2 }),
    density('point'),
  ],
  [
    'ladder',
    'edit of a level beyond',
    (model) => model.edit(one, one, 1, { level: 2 }),
    'level: expected an integer from 0 to 1, received 2.',
  ],
])('of a latent of kind %s: %s', async (kind, _, call, message) => {
  await expect(load(kind).then(call)).rejects.toThrow(expect.objectContaining({ message }));
});

describe('what a decoder is given', () => {
  test.each<[unknown, string]>([
    [
      { kind: 'point', z: one },
      "latents: expected a latent of kind 'gaussian', as the encoder of this model gives, received one of kind 'point'.",
    ],
    [null, 'latents: expected a float32 Tensor or Float32Array, received null.'],
    ['z', "latents: expected a float32 Tensor or Float32Array, received 'z'."],
    [floats(1), 'latents: expected [n, 2] or n × 2 values, received 1 values.'],
    [
      Int32Array.of(1),
      'latents: expected a float32 Tensor or Float32Array, received a Int32Array of 1.',
    ],
  ])('%p', async (latents, message) => {
    const { decoder } = await load('gaussian');
    const refused = expect.objectContaining({ code: 'invalid-input', message });
    await expect(decoder.decode(latents as never)).rejects.toThrow(refused);
    await expect(decoder.stream([latents as never]).next()).rejects.toThrow(refused);
  });
});

describe('options that there are not', () => {
  const item = new Float32Array(4);
  const z = new Float32Array(2);
  const seed = 1;

  test.each<[string, string, (model: Autoencoder) => unknown]>([
    ['trunctaion', 'truncation', (m) => m.sample(2, { seed, trunctaion: 1 } as never)],
    ['pth', 'path', (m) => m.interpolate(item, item, { steps: 4, pth: 'slerp' } as never)],
    ['step', 'steps', (m) => m.traverse(item, { step: 7 } as never)],
    ['ofset', 'offset', (m) => m.reconstruct(item, { ofset: z } as never)],
    ['levl', 'level', (m) => m.edit(item, z, 1, { levl: 0 } as never)],
    ['cuont', 'count', (m) => m.similar(item, { seed, cuont: 2 } as never)],
    ['temprature', 'temperature', (m) => m.augment(item, { seed, temprature: 2 } as never)],
    ['map', 'maps', (m) => m.score(item, { seed, map: true } as never)],
    ['sginal', 'signal', ({ encoder }) => encoder.embed(item, { sginal: 1 } as never)],
    ['sed', 'seed', ({ encoder }) => encoder.encode(item, { sed: 1 } as never)],
    ['batchsize', 'batchSize', ({ encoder }) => encoder.stream([], { batchsize: 2 } as never)],
    ['outside', 'signal', ({ decoder }) => decoder.decode(z, { outside: 'clip' } as never)],
    ['batchsize', 'batchSize', ({ decoder }) => decoder.stream([], { batchsize: 2 } as never)],
  ])('%s', async (name, nearest, call) => {
    const calling = fakeAutoencoder().then((model) => call(model as Autoencoder));
    await expect(calling).rejects.toMatchObject({
      code: 'invalid-argument',
      argument: 'options',
      message: expect.stringMatching(
        `^options: expected '${nearest}' or '.*', received '${name}'\\.$`,
      ),
    });
  });

  test.each(Object.keys(LATENTS) as (keyof typeof LATENTS)[])(
    'those that there are reach each half as it knows them, of a latent of kind %s',
    async (kind) => {
      const model = await load(kind);
      const given = { outside: 'clip', pixels: 'rgba', condition: undefined } as const;
      const more = { ...given, count: 1, seed };
      expect((await model.reconstruct(one, { ...given, offset: one })).mean.dims).toEqual([1, 2]);
      expect((await model.traverse(one, { ...given, steps: 2 })).mean.dims[1]).toBe(2);
      const path = await model.interpolate(one, one, { ...given, steps: 2, path: 'slerp' });
      expect(path.mean.dims).toEqual([2, 2]);
      expect((await model.score(one, { ...given, seed, maps: true })).elbo).toHaveLength(1);
      if (kind !== 'gaussian') return;
      expect((await model.similar(one, { ...more, strength: 0.5 })).mean.dims).toEqual([1, 2]);
      expect((await model.augment(one, { ...more, temperature: 1 })).mean.dims).toEqual([1, 2]);
      expect((await model.sample(1, { seed, truncation: 1, temperature: 1 })).mean.dims).toEqual([
        1, 2,
      ]);
    },
  );
});

describe('the first argument that is missing is named', () => {
  test.each<[string, (model: Record<string, (...given: unknown[]) => unknown>) => unknown]>([
    ['count: expected an integer from 1', (m) => m['sample']!()],
    ['count: expected an integer from 1', (m) => m['sample']!({ seed: 1 })],
    ['options: expected an object of options, such as { seed: 1 }', (m) => m['sample']!(1)],
    ['a: expected items or pictures', (m) => m['interpolate']!()],
    ['b: expected items or pictures', (m) => m['interpolate']!(one)],
    ['b: expected items or pictures', (m) => m['interpolate']!(one, undefined, { steps: 2 })],
    ['items: expected items or pictures', (m) => m['edit']!()],
    ['items: expected items or pictures', (m) => m['similar']!()],
    ['items: expected items or pictures', (m) => m['augment']!()],
    ['batch: expected items or pictures', (m) => m['score']!()],
  ])('%s', async (message, call) => {
    const calling = load('gaussian').then((model) => call(model as never));
    await expect(calling).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(`^${message}.*, received `),
    });
  });
});

test('options that are none are refused before anything runs', async () => {
  const runs: string[] = [];
  const model = await fakeAutoencoder({ onRun: (graph) => void runs.push(graph) });
  const item = new Float32Array(4);
  const z = new Float32Array(2);
  const calls: ((options: never) => unknown)[] = [
    (options) => model.reconstruct(item, options),
    (options) => model.sample(1, options),
    (options) => model.edit(item, z, 1, options),
    (options) => model.similar(item, options),
    (options) => model.augment(item, options),
    (options) => model.traverse(item, options),
    (options) => model.interpolate(item, item, options),
    (options) => model.score(item, options),
    (options) => model.encoder.encode(item, options),
    (options) => model.encoder.embed(item, options),
    (options) => model.encoder.stream([item], options),
    (options) => model.decoder.decode(z, options),
    (options) => model.decoder.stream([z], options),
  ];
  for (const [i, call] of calls.entries()) {
    for (const options of [null, 5, 'fast', []]) {
      const calling = Promise.resolve(options as never).then(call);
      const refused = { code: 'invalid-argument', argument: 'options' };
      await expect(calling.then(() => i)).rejects.toMatchObject(refused);
    }
  }
  expect(runs).toEqual([]);
});
