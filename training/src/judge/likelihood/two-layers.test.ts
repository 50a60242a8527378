import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tensor } from '@latentkit/core';
import { removeTemporaryFolders } from '../../testing.ts';
import { withModel } from '../testing.ts';
import { negativeElbo } from './elbo.ts';
import { importanceNll } from './importance-nll.ts';
import { evidenceOn, exportedModel, FOUR_ITEMS } from './testing.ts';

afterAll(removeTemporaryFolders);

/** A model of two layers of one dimension each, trained and exported. */
const exported = (samples: number) =>
  exportedModel({
    ...(samples > 1 ? { family: 'iwae', samples } : { family: 'vae' }),
    architecture: 'mlp',
    activation: 'tanh',
    likelihood: 'bernoulli',
    latentSize: 1,
    lowerLatentSize: 1,
    hiddenSizes: [6],
    upperHiddenSizes: [5],
    augment: 'none',
    epochs: 12,
    learningRate: 0.02,
    batchSize: 10,
    backend: 'cpu',
    seed: 2,
  });

/** ln p(x) of every item by the sum over a grid of z, of which the exported decoder makes probabilities. */
function evidence(folder: string): Promise<number[]> {
  const [step, most] = [0.1, 6];
  const side = Math.round((2 * most) / step) + 1;
  const at = (i: number) => i * step - most;
  const grid = Float32Array.from({ length: 2 * side * side }, (_, i) => {
    const cell = Math.floor(i / 2);
    return at(i % 2 === 0 ? Math.floor(cell / side) : cell % side);
  });
  const masses = Float64Array.from({ length: side * side }, (_, cell) => {
    const [h2, e1] = [grid[2 * cell] as number, grid[2 * cell + 1] as number];
    return (Math.exp(-(h2 * h2 + e1 * e1) / 2) / (2 * Math.PI)) * step * step;
  });
  return withModel(folder, ({ decoder }) =>
    evidenceOn(decoder, tensor(grid, [side * side, 2]), masses),
  );
}

describe.each([1, 5])('two stochastic layers, trained with %d draws', (samples) => {
  let folder: string;
  let exact: number[];
  const items = FOUR_ITEMS;

  beforeAll(async () => {
    folder = await exported(samples);
    exact = await evidence(folder);
  }, 120_000);

  test('the grid is fine enough: the four items have a probability of 1', () => {
    expect(exact.reduce((sum, value) => sum + Math.exp(value), 0)).toBeCloseTo(1, 4);
    // And they are told apart: a decoder that knows nothing would give each ¼.
    expect(Math.max(...exact) - Math.min(...exact)).toBeGreaterThan(0.5);
  });

  test('the judge finds −ln p(x) from the exported graphs', async () => {
    const { values } = await importanceNll(folder, items, { samples: 100_000 });
    for (const [item, value] of values.entries()) {
      expect(Math.abs(value + (exact[item] as number))).toBeLessThan(0.01);
    }
  });

  test('the ELBO is a bound, the looser', async () => {
    const nll = -exact.reduce((sum, value) => sum + value, 0) / 4;
    const { total } = await withModel(folder, (model) =>
      negativeElbo(model, items, { samples: 1000 }),
    );
    expect(total).toBeGreaterThan(nll + 0.005);
  });
});
