import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import { datasetOf } from '@latentkit/data';
import { loadAutoencoder } from '@latentkit/node';
import { evaluate } from '../judge/evaluate.ts';
import { measureModel } from '../judge/measure.ts';
import { train } from '../run/train.ts';
import { removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { exportModel } from './export-model.ts';

afterAll(removeTemporaryFolders);

/** Squares of one colour each on a ground of another, in 8 bits. */
function colouredItems(count: number): Float32Array {
  const random = createRandom(6);
  const images = new Float32Array(count * 6 * 6 * 3);
  for (let item = 0; item < count; item++) {
    const colours = Array.from({ length: 6 }, () => random.integer(256) / 255);
    for (let pixel = 0; pixel < 36; pixel++) {
      const inside = pixel % 6 > 1 && pixel % 6 < 4;
      for (let channel = 0; channel < 3; channel++) {
        images[(item * 36 + pixel) * 3 + channel] = colours[channel + (inside ? 3 : 0)] as number;
      }
    }
  }
  return images;
}

test.each(['laplace', 'discretised-logistic'] as const)(
  'a model of colours with likelihood %s: its files compute what training did',
  async (likelihood) => {
    const data = datasetOf({ images: colouredItems(200), itemShape: [6, 6, 3] });
    const { runDir, history } = await train({
      runDir: temporaryFolder(),
      data,
      likelihood,
      architecture: 'mlp',
      hiddenSizes: [24],
      latentSize: 4,
      augment: 'none',
      epochs: 6,
      learningRate: 0.01,
      batchSize: 25,
      backend: 'cpu',
    });
    const [first, last] = [history[0], history.at(-1)].map((epoch) => epoch?.test.loss as number);
    expect(last).toBeLessThan((first as number) - 20);

    const outDir = join(temporaryFolder(), 'model');
    const { card } = await exportModel({ runDir, outDir, dataset: data, evaluate: false });
    expect(card.likelihood).toMatchObject({ kind: likelihood, scale: expect.any(Number) });
    const best = Math.min(...history.map((epoch) => epoch.validation?.loss ?? epoch.test.loss));
    const kept = history.find(({ validation, test }) => (validation ?? test).loss === best);
    const evaluation = await evaluate(outDir, { data });
    expect(evaluation.loss).toBeCloseTo(kept?.test.loss as number, 1);

    const model = await loadAutoencoder(outDir);
    const { mean } = await model.sample(2, { seed: 1 });
    expect(mean.dims).toEqual([2, 6, 6, 3]);
    await model.dispose();

    // By importance sampling the bound is tighter than the ELBO; both in nats an item.
    const which = ['elbo', 'nll'] as const;
    const { metrics } = await measureModel(outDir, {
      data,
      which,
      items: 20,
      importanceSamples: 50,
    });
    const figure = (name: string) => metrics.find((metric) => metric.name === name);
    expect(figure('NLL')?.unit).toMatch(/nats/);
    expect(figure('NLL')?.value).toBeLessThan((figure('negative ELBO')?.value as number) + 1);
    expect(figure('negative ELBO')?.protocol).toContain(`likelihood ${likelihood}`);
  },
  60_000,
);
