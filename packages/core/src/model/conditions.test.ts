import { describe, expect, test } from '@jest/globals';
import { gaussianKl } from '../latent-space/gaussian-densities.ts';
import { samplePrior } from '../latents/noise.ts';
import { tensor } from '../tensor.ts';
import { fakeAutoencoder } from '../testing/fake-autoencoder.ts';
import { logLikelihood } from './likelihood.ts';
import { conditional, floats } from './testing.ts';

/** Both halves of a conditional model are asked for the label, which adds 10 times its index in each. */
describe.each([false, true])('the label of a call (both graphs in one run: %s)', (joined) => {
  const { model } = conditional({ joined });
  const values = ({ mean }: { mean: { data: Float32Array } }) => [...mean.data];
  const [b, items] = ['b', floats(0, 1)];
  const condition = [b, 2];
  const vector = floats(4);

  test.each<[string, () => Promise<{ mean: { data: Float32Array } }>, number[]]>([
    ['encode', () => model.encoder.encode(items, { condition }), [10, 21]],
    ['decode', () => model.decoder.decode(items, { condition }), [10, 21]],
    ['reconstruct', () => model.reconstruct(items, { condition }), [20, 41]],
    ['edit', () => model.edit(items, vector, 0.5, { condition }), [22, 43]],
    [
      'similar',
      () => model.similar(items, { seed: 1, count: 2, strength: 0, condition }),
      [20, 20, 41, 41],
    ],
    [
      'augment',
      () => model.augment(items, { seed: 1, count: 2, temperature: 0, condition }),
      [20, 20, 41, 41],
    ],
    [
      'traverse',
      () => model.traverse(floats(1), { steps: 3, range: 1, condition: b }),
      [9, 10, 11],
    ],
    [
      'interpolate',
      () => model.interpolate(floats(0), floats(1), { steps: 3, condition: b }),
      [20, 20.5, 21],
    ],
    [
      'sample',
      () => model.sample(2, { seed: 3, condition }),
      [...samplePrior(2, 1, { seed: 3 }).data].map((z, i) => Math.fround(z + 10 * (i + 1))),
    ],
  ])('of %s goes to all that it runs', async (_, call, expected) => {
    expect(values(await call())).toEqual(expected);
  });

  test('of embed goes to the encoder', async () => {
    expect([...(await model.encoder.embed(items, { condition })).data]).toEqual([10, 21]);
  });

  test('of score goes to the posterior, the draw and its likelihood', async () => {
    const { kl, reconstruction, maps } = await model.score(floats(1), {
      seed: 3,
      condition: 'a',
      maps: true,
    });
    const q = await model.encoder.encode(floats(1), { condition: 'a' });
    expect(kl).toEqual(gaussianKl(q.mean, q.logVar));
    const drawn = await model.decoder.decode(q.sample({ seed: 3 }), { condition: 'a' });
    expect(reconstruction).toEqual(logLikelihood(floats(1), drawn, model.card));
    expect(maps?.data[0]).toBe(-Math.fround(reconstruction[0] as number));
    const other = await model.score(floats(1), { seed: 3, condition: 'b' });
    expect(other.kl[0]).toBeCloseTo(0.5 * (11 ** 2 + Math.exp(11) - 1 - 11), 1);
  });

  test('is demanded', async () => {
    await expect(model.reconstruct(items)).rejects.toThrow(
      'condition: expected one of the labels (a, b, c), received nothing.',
    );
  });
});

test('both graphs in one run reconstruct pixels, with an offset and without', async () => {
  const { model, runs } = conditional({ joined: true });
  const pixels = Uint8Array.of(0, 51, 255);
  const of = async (options: object) => [
    ...(await model.reconstruct(pixels, { condition: 'b', ...options })).mean.data,
  ];
  expect(await of({})).toEqual(
    [0, 0.2, 1].map((value) => Math.fround(Math.fround(value + 10) + 10)),
  );
  expect(await of({ offset: floats(0.5) })).toEqual([20.5, expect.closeTo(20.7, 5), 21.5]);
  expect(runs).toEqual([
    ['x', 'y'],
    ['x', 'y', 'z'],
    ['x', 'y', 'latentkit:offset'],
    ['x', 'y', 'latentkit:offset', 'z'],
  ]);
});

test('an encoder that leaves the label to its decoder is fed none', async () => {
  const seen: string[] = [];
  const model = await fakeAutoencoder({
    item: [2],
    latent: { kind: 'gaussian', size: 2 },
    labels: ['a', 'b'],
    onRun: (graph) => void seen.push(graph),
  });
  expect(await model.encoder.embed(floats(0, 1), { condition: 'b' })).toEqual(
    tensor(floats(0, 1), [1, 2]),
  );
  const { mean } = await model.reconstruct(floats(0, 1), { condition: 'b' });
  expect(mean).toEqual(tensor(floats(0, 1), [1, 2]));
  expect(seen).toEqual(['encoder', 'encoder', 'decoder']);
});
