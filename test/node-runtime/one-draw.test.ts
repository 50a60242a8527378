import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { makeStrokes } from '@latentkit/data';
import { loadAutoencoder } from '@latentkit/node';

const MODELS = join(import.meta.dirname, '../../models');
const COUNT = 6;

test.each(['strokes-vae', 'strokes-flow', 'strokes-hierarchical', 'strokes-ae'])(
  'with one draw for all, the score of an item does not hang on its place (%s)',
  async (name) => {
    const model = await loadAutoencoder(join(MODELS, name), { device: 'cpu' });
    const { images } = makeStrokes(1, COUNT, 3).test;
    const items = images as Float32Array;
    const options = { seed: 4, oneDraw: true };
    const { elbo } = await model.score(items, options);
    const own = await model.score(items, { seed: 4 });
    for (let i = 0; i < COUNT; i++) {
      const alone = await model.score(items.subarray(i * 784, (i + 1) * 784), options);
      expect(alone.elbo[0]).toBeCloseTo(elbo[i]!, 2);
    }
    // The first has the draw that it has anyway; the others have draws of their own without the option.
    expect(own.elbo[0]).toBeCloseTo(elbo[0]!, 2);
    const differ = Array.from(elbo, (value, i) => Math.abs(value - own.elbo[i]!) > 0.05);
    expect(differ.slice(1).some(Boolean)).toBe(name !== 'strokes-ae');
    await model.dispose();
  },
);
