import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tensor } from '@latentkit/core';
import { type Dataset, datasetOf } from '@latentkit/data';
import { exportModel } from '../../export/export-model.ts';
import { train } from '../../run/train.ts';
import { removeTemporaryFolders, temporaryFolder } from '../../testing.ts';
import { testItems } from '../test-items.ts';
import { withModel } from '../testing.ts';
import { negativeElbo } from './elbo.ts';
import { importanceNll } from './importance-nll.ts';

afterAll(removeTemporaryFolders);

/** Items of two pixels, which are alike more often than not, and how many there are of each. */
const COUNTS = [
  [0, 0, 220],
  [0, 1, 20],
  [1, 0, 40],
  [1, 1, 120],
] as const;
const ITEMS = COUNTS.map(([first, second]) => [first, second]);

function unequal(): Dataset {
  const images = COUNTS.flatMap(([first, second, count]) =>
    new Array(count).fill([first, second]).flat(),
  );
  return datasetOf({ images: Float32Array.from(images), itemShape: [1, 2, 1] });
}

/** A model of two layers of one dimension each, trained and exported. */
async function exported(samples: number): Promise<string> {
  const data = unequal();
  const { runDir } = await train({
    runDir: temporaryFolder(),
    data,
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
  const outDir = join(temporaryFolder(), 'model');
  await exportModel({ runDir, outDir, dataset: data, evaluate: false });
  return outDir;
}

/** ln p(x) of every item by the sum over a grid of z, of which the exported decoder makes probabilities. */
function evidence(folder: string): Promise<number[]> {
  const [step, most] = [0.1, 6];
  const side = Math.round((2 * most) / step) + 1;
  const at = (i: number) => i * step - most;
  const grid = Float32Array.from({ length: 2 * side * side }, (_, i) => {
    const cell = Math.floor(i / 2);
    return at(i % 2 === 0 ? Math.floor(cell / side) : cell % side);
  });
  return withModel(folder, async ({ decoder }) => {
    const { mean } = await decoder.decode(tensor(grid, [side * side, 2]));
    const sums = ITEMS.map(() => 0);
    for (let cell = 0; cell < side * side; cell++) {
      const [h2, e1] = [grid[2 * cell] as number, grid[2 * cell + 1] as number];
      const prior = (Math.exp(-(h2 * h2 + e1 * e1) / 2) / (2 * Math.PI)) * step * step;
      for (const [item, pixels] of ITEMS.entries()) {
        const p = pixels.reduce<number>((product, pixel, i) => {
          const one = mean.data[2 * cell + i] as number;
          return product * (pixel === 1 ? one : 1 - one);
        }, prior);
        (sums[item] as number) += p;
      }
    }
    return sums.map(Math.log);
  });
}

describe.each([1, 5])('two stochastic layers, trained with %d draws', (samples) => {
  let folder: string;
  let exact: number[];
  const images = Float32Array.from(ITEMS.flat());
  const each = { images, labels: new Uint8Array(4), count: 4 };
  const items = testItems({ ...unequal(), test: each }, { binarisation: 'static' });

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
