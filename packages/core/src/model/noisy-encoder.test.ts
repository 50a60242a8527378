import { expect, test } from '@jest/globals';
import type { ModelCard } from '../card/card.ts';
import { validateCard } from '../card/parse-card.ts';
import { posteriorNoise } from '../latents/noise.ts';
import type { NamedTensors } from '../run/runner.ts';
import { Session } from '../run/session.ts';
import { tensor } from '../tensor.ts';
import { fakeCard, fakeEncoder } from '../testing.ts';
import { Encoder } from './encoder.ts';

/** A ladder of levels 1 + 1 whose encoder passes its noise on. */
function ladder() {
  const card: ModelCard = {
    ...fakeCard(),
    family: 'hierarchical',
    latent: { kind: 'ladder', size: 2, levels: [1, 1] },
  };
  const seen: NamedTensors[] = [];
  const runner = fakeEncoder({
    async run(feeds) {
      seen.push(feeds);
      const eps = feeds['eps'] as ReturnType<typeof tensor>;
      return { z: eps, kl: tensor(new Float32Array(eps.data.length), eps.dims) };
    },
  });
  return {
    encoder: new Encoder<'ladder'>(card, new Session('encoder', runner), 'space'),
    seen,
    card,
  };
}

const items = new Float32Array(8);

test('an encoder with a draw inside is fed seeded noise, and none without a seed', async () => {
  const { encoder } = ladder();
  const noisy = await encoder.encode(items, { seed: 3, temperature: 0.5 });
  expect(noisy.z).toEqual(posteriorNoise(2, 2, { seed: 3, temperature: 0.5 }));
  expect(noisy.levels).toEqual([1, 1]);
  expect((await encoder.encode(items)).z.data).toEqual(new Float32Array(4));
});

test('of one draw, every item has the same noise', async () => {
  const { encoder } = ladder();
  const { z } = await encoder.encode(items, { seed: 3, temperature: 0.5, oneDraw: true });
  const { data } = posteriorNoise(1, 2, { seed: 3, temperature: 0.5 });
  expect([...z.data]).toEqual([...data, ...data]);
});

test('embed never draws', async () => {
  const { encoder } = ladder();
  await encoder.encode(items, { seed: 3 });
  expect((await encoder.embed(items)).data).toEqual(new Float32Array(4));
});

test('a condition that the encoder takes is fed as y', async () => {
  const { seen, card } = ladder();
  const conditional: ModelCard = { ...card, condition: { labels: ['a', 'b'] } };
  conditional.graphs.encoder.inputs.push({ name: 'y', dtype: 'float32', shape: ['batch', 2] });
  const runner = fakeEncoder({
    async run(feeds) {
      seen.push(feeds);
      return { z: tensor(new Float32Array(4), [2, 2]), kl: tensor(new Float32Array(4), [2, 2]) };
    },
  });
  await new Encoder(conditional, new Session('encoder', runner), 'space').encode(items, {
    condition: ['a', 'b'],
  });
  expect(seen[0]?.['y']).toEqual(tensor(Float32Array.of(1, 0, 0, 1), [2, 2]));
});

test('the card of a ladder must have eps, and levels that sum to its size', () => {
  const { card } = ladder();
  expect(() => validateCard(card)).toThrow(/graphs.encoder.inputs: 'eps' is missing/);
  expect(() =>
    validateCard({ ...card, latent: { kind: 'ladder', size: 2, levels: [1, 2] } }),
  ).toThrow(/expected a sum of 2, received 3/);
});
