import { describe, expect, test } from '@jest/globals';
import type { ModelCard } from '../card/card.ts';
import { validateCard } from '../card/parse-card.ts';
import { mixtureFromCard, mixtureToCard } from '../latent-space/mixture-card.ts';
import { loadAutoencoder } from '../load/load.ts';
import { tensor } from '../tensor.ts';
import { fakeCard, fakePlatform, fakeSource } from '../testing.ts';

/** The fakes: the mean of (a, b, c, d) is (a + b, c + d), and the logits of z are (z0, z0, z1, z1). */
const ITEM = Float32Array.of(0.25, 0.25, 0.5, 0.5);
const logits = (...rows: readonly (readonly [number, number])[]) =>
  rows.flatMap(([a, b]) => [a, a, b, b]);

const FOUND = {
  directions: [
    { name: 'width', vector: [1, -2], deviation: 3, r2: 0.9, protocol: 'made up' },
    { name: 'smile', vector: [0, 1], deviation: 0.5, r2: 0.4, accuracy: 0.8, protocol: 'made up' },
  ],
  mixture: {
    protocol: 'made up',
    components: [{ weight: 1, mean: [10, -10], factor: [0.01, 0, 0.01] }],
  },
  thresholds: [
    { score: 'elbo', value: -3, falseAlarms: 0.05, count: 10, protocol: 'made up' } as const,
  ],
} satisfies ModelCard['latentSpace'];

const load = (latentSpace?: ModelCard['latentSpace'], changes: Partial<ModelCard> = {}) =>
  loadAutoencoder(
    fakePlatform(),
    fakeSource({
      'model.json': JSON.stringify({ ...fakeCard(), ...changes, latentSpace }),
    }),
  );

describe('edit', () => {
  test('moves by the standard deviations of an attribute on the card', async () => {
    const vae = await load(FOUND);
    const { logits: found } = await vae.edit(ITEM, 'width', 2);
    expect(Array.from(found!.data)).toEqual(logits([0.5 + 2, 1 - 4]));
    expect(found!.dims).toEqual([1, 2, 2, 1]);
    const less = await vae.edit(ITEM, 'smile', -0.5);
    expect(Array.from(less.logits!.data)).toEqual(logits([0.5, 0.5]));
  });

  test('takes a vector, and leaves all as it is for 0', async () => {
    const vae = await load();
    for (const vector of [Float32Array.of(4, 8), tensor(Float32Array.of(4, 8), [1, 2])]) {
      const { logits: found } = await vae.edit(ITEM, vector, 0.25);
      expect(Array.from(found!.data)).toEqual(logits([1.5, 3]));
    }
    expect(await vae.edit(ITEM, Float32Array.of(4, 8), 0)).toEqual(await vae.reconstruct(ITEM));
  });

  test('names the attributes that the card keeps', async () => {
    await expect((await load(FOUND)).edit(ITEM, 'age', 1)).rejects.toThrow(
      /attribute: expected one that the card of fake keeps \('width', 'smile'\), received 'age'/,
    );
    await expect((await load()).edit(ITEM, 'age', 1)).rejects.toThrow(
      /it keeps none: find them with 'latentkit directions MODEL --record'/,
    );
  });

  test.each([
    ['an amount that is none', ['width', Number.NaN]],
    ['no amount', ['width']],
    ['a vector of another size', [Float32Array.of(1), 1]],
    ['a vector with NaN', [Float32Array.of(1, Number.NaN), 1]],
    ['a plain array', [[1, 2], 1]],
    ['no change', [undefined, 1]],
    ['a level of a model without', ['width', 1, { level: 0 }]],
    ['no options', ['width', 1, null]],
  ])('refuses %s', async (_, args) => {
    const vae = await load(FOUND);
    await expect(vae.edit(ITEM, ...(args as [never, never]))).rejects.toMatchObject({
      code: 'invalid-argument',
    });
  });
});

describe('similar and augment', () => {
  const two = Float32Array.of(...ITEM, 1, 1, 0, 0);

  test('of no strength, or at temperature 0, are the reconstructions, item by item', async () => {
    const vae = await load();
    const rows = logits([0.5, 1], [0.5, 1], [0.5, 1], [2, 0], [2, 0], [2, 0]);
    const similar = await vae.similar(two, { seed: 1, count: 3, strength: 0 });
    expect(Array.from(similar.logits!.data)).toEqual(rows);
    const augmented = await vae.augment(two, { seed: 1, count: 3, temperature: 0 });
    expect(Array.from(augmented.logits!.data)).toEqual(rows);
    expect(augmented.mean.dims).toEqual([6, 2, 2, 1]);
  });

  test('draw as their definitions say: √(1 − s) z + √s ε, and the posterior', async () => {
    const vae = await load();
    const count = 4000;
    const moments = (data: Float32Array) => {
      const first = data.filter((_, i) => i % 4 === 0);
      const mean = first.reduce((sum, value) => sum + value, 0) / count;
      return [mean, first.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count];
    };
    const similar = await vae.similar(ITEM, { seed: 3, count, strength: 0.36 });
    const [mean, variance] = moments(similar.logits!.data);
    expect(mean).toBeCloseTo(0.8 * 0.5, 1);
    expect(variance).toBeCloseTo(0.36, 1);
    // The fake's posterior has a variance of 1.
    const drawn = moments(
      (await vae.augment(ITEM, { seed: 3, count, temperature: 0.5 })).logits!.data,
    );
    expect(drawn[0]).toBeCloseTo(0.5, 1);
    expect(drawn[1]).toBeCloseTo(0.25, 1);
  });

  test('begin with the same draws however many are asked for, and differ by the seed', async () => {
    const vae = await load();
    const draw = async (seed: number, count: number) =>
      Array.from((await vae.augment(ITEM, { seed, count })).mean.data);
    const five = await draw(1, 5);
    expect(five.slice(0, 8)).toEqual(await draw(1, 2));
    expect(five.slice(0, 4)).not.toEqual(five.slice(4, 8));
    expect(await draw(2, 5)).not.toEqual(five);
  });

  test('refuse a model without a prior, and nonsense', async () => {
    const ae = await load(undefined, { family: 'vae' });
    for (const options of [undefined, {}, { seed: 1, count: 0 }, { seed: 1, strength: 2 }]) {
      await expect(ae.similar(ITEM, options as never)).rejects.toMatchObject({
        code: 'invalid-argument',
      });
    }
    for (const options of [undefined, {}, { seed: 1, count: 0 }, { seed: 1, temperature: -1 }]) {
      await expect(ae.augment(ITEM, options as never)).rejects.toMatchObject({
        code: 'invalid-argument',
      });
    }
  });
});

describe('traverse', () => {
  test('goes along one dimension at a time, those first that say most', async () => {
    const vae = await load();
    // KL of N(1, 1) is larger than that of N(0.5, 1).
    const { dimensions, logits: found } = await vae.traverse(ITEM, { steps: 3, range: 2 });
    expect(dimensions).toEqual([1, 0]);
    expect(Array.from(found!.data)).toEqual(
      logits([0.5, -2], [0.5, 0], [0.5, 2], [-2, 1], [0, 1], [2, 1]),
    );
    const one = await vae.traverse(ITEM, { dimensions: 1 });
    expect([one.dimensions, one.mean.dims[0]]).toEqual([[1], 9]);
  });

  test.each([
    ['two items', Float32Array.of(...ITEM, ...ITEM), {}, 'invalid-input'],
    ['one step', ITEM, { steps: 1 }, 'invalid-argument'],
    ['a range of 0', ITEM, { range: 0 }, 'invalid-argument'],
    ['more dimensions than there are', ITEM, { dimensions: 3 }, 'invalid-argument'],
    ['no options', ITEM, null, 'invalid-argument'],
  ])('refuses %s', async (_, item, options, code) => {
    const vae = await load();
    await expect(vae.traverse(item, options as never)).rejects.toMatchObject({ code });
  });
});

describe('sample', () => {
  test('draws from the mixture on the card', async () => {
    const vae = await load(FOUND);
    const { logits: found } = await vae.sample(50, { seed: 1, sampler: 'mixture' });
    for (let i = 0; i < 50; i++) {
      expect(Math.abs(found!.data[4 * i]! - 10)).toBeLessThan(0.1);
      expect(Math.abs(found!.data[4 * i + 2]! + 10)).toBeLessThan(0.1);
    }
    await expect((await load()).sample(1, { seed: 1, sampler: 'mixture' })).rejects.toThrow(
      /sampler: expected 'prior': the card of fake keeps no mixture/,
    );
  });

  test('keeps deviates within a truncation, and is else what it was', async () => {
    const vae = await load(FOUND);
    for (const truncation of [0.05, 0.5, 2]) {
      const { logits: found } = await vae.sample(200, { seed: 1, truncation, temperature: 2 });
      const largest = Math.max(...found!.data.map(Math.abs));
      expect(largest).toBeLessThanOrEqual(2 * truncation);
      expect(largest).toBeGreaterThan(1.5 * truncation);
    }
    const one = await vae.sample(3, { seed: 1 });
    expect(await vae.sample(3, { seed: 1, sampler: 'prior' })).toEqual(one);
  });

  test.each([
    ['another sampler', { sampler: 'flow' }],
    ['a truncation of 0', { truncation: 0 }],
    ['a truncation of 0 of the mixture', { truncation: 0, sampler: 'mixture' }],
  ])('refuses %s', async (_, options) => {
    const vae = await load(FOUND);
    await expect(vae.sample(1, { seed: 1, ...options } as never)).rejects.toMatchObject({
      code: 'invalid-argument',
    });
  });
});

test('score says which items are odd, where the card has a threshold', async () => {
  const items = Float32Array.of(1, 1, 1, 1, 0, 0, 0, 0);
  const { elbo, odd } = await (await load(FOUND)).score(items, { seed: 1 });
  expect(Array.from(odd!)).toEqual(Array.from(elbo, (value) => Number(value < -3)));
  expect(await (await load()).score(items, { seed: 1 })).not.toHaveProperty('odd');
});

describe('what a card says of the latent space', () => {
  test('must fit the latent', () => {
    const broken = {
      directions: [{ ...FOUND.directions[0], vector: [1] }],
      mixture: { protocol: 'x', components: [{ weight: 1, mean: [1, 2, 3], factor: [1] }] },
    };
    const card = (latentSpace: unknown) => ({ ...fakeCard(), latentSpace });
    expect(() => validateCard(card(broken))).toThrow(
      /directions\.0\.vector: expected 2 numbers, received 1[\s\S]*components\.0\.mean: expected 2[\s\S]*components\.0\.factor: expected 3/,
    );
    expect(validateCard(card(FOUND)).latentSpace).toEqual(FOUND);
  });

  test('brings a mixture back', () => {
    const mixture = {
      size: 3,
      components: [
        {
          weight: 1,
          mean: Float64Array.of(1 / 3, 2, -3),
          factor: Float64Array.of(1, 0, 0, 0.5, 2 / 3, 0, -1e-7, 7, 8),
        },
      ],
    };
    const kept = JSON.parse(JSON.stringify(mixtureToCard(mixture, 'test')));
    const [component] = mixtureFromCard(kept, 3).components;
    expect(kept.components[0].factor).toHaveLength(6);
    for (const [i, value] of component!.factor.entries()) {
      expect(value).toBeCloseTo(mixture.components[0]!.factor[i]!, 8);
    }
  });
});
