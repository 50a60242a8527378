import { describe, expect, test } from '@jest/globals';
import { posteriorNoise } from '../latents/noise.ts';
import { fakeAutoencoder } from '../testing/fake-autoencoder.ts';
import { drawSeeds } from './latent-edits.ts';
import { logLikelihood } from './likelihood.ts';
import { floats } from './testing.ts';

/**
 * What the calls of a model come to for each kind of latent. The fakes: z is the item, plus the noise of a draw
 * made inside the encoder; the decoder gives z back, within [0, 1]; codes are quarters.
 */
const LADDER = { kind: 'ladder', size: 2, levels: [1, 1] } as const;
const CODES = { kind: 'codes', size: 2, grid: [1, 1], codes: 4, dim: 2 } as const;
const FLOW = { kind: 'flow', size: 2, flow: 'planar', steps: 1 } as const;

const item = floats(0.25, 0.5);
const close = (values: Iterable<number>) => Array.from(values, (value) => expect.closeTo(value, 5));
const clamp = (value: number) => Math.min(Math.max(value, 0), 1);

describe('a latent whose draw is made inside the encoder', () => {
  test('is augmented by draws of the encoder, each under a seed of its own', async () => {
    const runs: string[] = [];
    const model = await fakeAutoencoder({
      item: [2],
      latent: LADDER,
      onRun: (graph) => void runs.push(graph),
    });
    const { mean } = await model.augment(item, { seed: 5, count: 3, temperature: 0.1 });
    const expected = [...drawSeeds(5, 3)].flatMap((seed) => {
      const { data } = posteriorNoise(1, 2, { seed, temperature: 0.1 });
      return item.map((value, i) => clamp(value + (data[i] as number)));
    });
    expect([...mean.data]).toEqual(expected.flatMap((draw) => close(draw)));
    expect(runs).toEqual(['encoder', 'encoder', 'encoder', 'decoder']);
  });

  test('is edited level by level', async () => {
    const model = await fakeAutoencoder({ item: [2], latent: LADDER });
    const edited = async (level?: number) => [
      ...(await model.edit(item, floats(0.5, 0.25), 1, { level })).mean.data,
    ];
    expect(await edited(0)).toEqual([0.75, 0.5]);
    expect(await edited(1)).toEqual([0.25, 0.75]);
    expect(await edited()).toEqual([0.75, 0.75]);
  });

  test('is traversed in the order of its dimensions, from −3 to 3 in 9 steps', async () => {
    const model = await fakeAutoencoder({ item: [2], latent: LADDER });
    const { dimensions, mean } = await model.traverse(item);
    expect(dimensions).toEqual([0, 1]);
    const along = [-3, -2.25, -1.5, -0.75, 0, 0.75, 1.5, 2.25, 3].map(clamp);
    expect([...mean.data]).toEqual([
      ...along.flatMap((value) => [value, 0.5]),
      ...along.flatMap((value) => [0.25, value]),
    ]);
  });

  test('of a flow, its draws are weighed: ln of the mean of p(x|z) p(z) / q(z|x)', async () => {
    const model = await fakeAutoencoder({ item: [2], latent: FLOW });
    const { importanceWeighted } = await model.score(item, { seed: 1, importance: 4 });
    const logNormal = (z: Float32Array) =>
      z.reduce((sum, value) => sum - 0.5 * (Math.log(2 * Math.PI) + value ** 2), 0);
    let sum = 0;
    for (const seed of drawSeeds(1, 4)) {
      const eps = posteriorNoise(1, 2, { seed }).data;
      const z = item.map((value, i) => value + (eps[i] as number));
      const decoded = await model.decoder.decode(z);
      const [likelihood = 0] = logLikelihood(item, decoded, model.card);
      sum += Math.exp(likelihood + logNormal(z) - logNormal(eps)) / 4;
    }
    expect(importanceWeighted?.[0]).toBeCloseTo(Math.log(sum), 5);
  });
});

test('a Gaussian posterior is read once, however many draws are made of it', async () => {
  const runs: string[] = [];
  const model = await fakeAutoencoder({ onRun: (graph) => void runs.push(graph) });
  const four = floats(0, 0.5, 1, 1);
  const augmented = await model.augment(four, { seed: 5, count: 2 });
  expect(runs).toEqual(['encoder', 'decoder']);
  const latent = await model.encoder.encode(four);
  for (const [i, seed] of [...drawSeeds(5, 2)].entries()) {
    const { mean } = await model.decoder.decode(latent.sample({ seed }));
    expect(augmented.mean.data.slice(4 * i, 4 * i + 4)).toEqual(mean.data);
  }
  expect((await model.augment(four, { seed: 5 })).mean.dims).toEqual([1, 2, 2, 1]);
});

test.each(['augment', 'similar'] as const)(
  '%s refuses more draws than there is room for',
  async (verb) => {
    const model = await fakeAutoencoder();
    const four = floats(0, 0.5, 1, 1);
    await expect(model[verb](four, { seed: 1, count: 2 ** 31 })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(/^count: expected an integer from 1 to /),
    });
  },
);

test('similar draws one of each, a fifth of its variance anew, where nothing is said', async () => {
  const model = await fakeAutoencoder();
  const two = floats(0, 0.5, 1, 1, 0.5, 0.5, 0, 0);
  const plain = await model.similar(two, { seed: 5 });
  expect(plain).toEqual(await model.similar(two, { seed: 5, count: 1, strength: 0.2 }));
  expect(plain).not.toEqual(await model.similar(two, { seed: 5, count: 1, strength: 0.3 }));
});

describe('a latent of codes', () => {
  const load = () => fakeAutoencoder({ item: [2], latent: CODES });

  test('is decoded as the nearest entry after an offset or a step', async () => {
    const model = await load();
    const of = ({ mean }: { mean: { data: Float32Array } }) => [...mean.data];
    expect(of(await model.reconstruct(floats(0.2, 0.2)))).toEqual([0.125, 0.125]);
    const moved = await model.reconstruct(floats(0.2, 0.2), { offset: floats(0.4, 0.5) });
    expect(of(moved)).toEqual([0.625, 0.625]);
    const { dimensions, mean } = await model.traverse(floats(0.2, 0.2), { steps: 2, range: 1 });
    expect(dimensions).toEqual([0, 1]);
    expect([...mean.data]).toEqual([0.125, 0.125, 0.625, 0.625, 0.125, 0.125, 0.625, 0.625]);
  });

  test('is scored by its length under the prior', async () => {
    const model = await load();
    const { elbo, kl, reconstruction } = await model.score(floats(0.2, 0.2), { seed: 1 });
    expect(kl[0]).toBeCloseTo(Math.log(4), 6);
    expect(elbo[0]).toBe((reconstruction[0] as number) - (kl[0] as number));
    const decoded = await model.decoder.decode(Int32Array.of(0));
    expect(reconstruction).toEqual(logLikelihood(floats(0.2, 0.2), decoded, model.card));
  });
});

test('many items are scored one by one, a part at a time', async () => {
  const model = await fakeAutoencoder();
  const count = 2 ** 14 + 3;
  const many = Float32Array.from({ length: 4 * count }, (_, i) => (i % 5) / 4);
  const { reconstruction, maps } = await model.score(many, { seed: 1, maps: true });
  const latent = await model.encoder.encode(many);
  const decoded = await model.decoder.decode(latent.sample({ seed: 1 }));
  expect(reconstruction).toEqual(logLikelihood(many, decoded, model.card));
  for (const item of [0, 2 ** 14 - 1, 2 ** 14, count - 1]) {
    const terms = maps!.data.subarray(4 * item, 4 * item + 4);
    expect(terms.reduce((sum, term) => sum - term, 0)).toBeCloseTo(
      reconstruction[item] as number,
      4,
    );
  }
});

test('thresholds tell odd items, which lie below one of them', async () => {
  const model = await fakeAutoencoder();
  const { elbo, reconstruction } = await model.score(floats(0, 0, 1, 1), { seed: 1 });
  const at = (score: 'elbo' | 'reconstruction', value: number) => ({
    score,
    value,
    falseAlarms: 0.05,
    count: 10,
    protocol: 'made up',
  });
  const oddOf = async (...thresholds: ReturnType<typeof at>[]) => {
    model.card.latentSpace = { thresholds };
    return (await model.score(floats(0, 0, 1, 1), { seed: 1 })).odd;
  };
  const value = elbo[0] as number;
  expect(await oddOf(at('elbo', value))).toEqual(Uint8Array.of(0));
  const drawn = reconstruction[0] as number;
  expect(await oddOf(at('reconstruction', drawn))).toEqual(Uint8Array.of(0));
  expect(await oddOf(at('reconstruction', drawn + 1e-6))).toEqual(Uint8Array.of(1));
  expect(await oddOf(at('reconstruction', drawn), at('elbo', value + 1e-6))).toEqual(
    Uint8Array.of(1),
  );
  expect(await oddOf()).toBeUndefined();
});
