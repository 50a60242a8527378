import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readItems } from '@latentkit/data';
import {
  loadAutoencoder,
  mixtureFromCard,
  mixtureLogDensity,
  sampleMixture,
  tensor,
  type WholeCard,
} from '@latentkit/node';
import { resumeTraining, train } from '../../run/train.ts';
import { errorOf, removeTemporaryFolders, temporaryFolder } from '../../testing.ts';
import { diagnose } from '../latents/diagnose.ts';
import { testItems } from '../test-items.ts';
import { withModel } from '../testing.ts';
import { negativeElbo } from './elbo.ts';
import { importanceNll } from './importance-nll.ts';
import { evidenceOn, exportedModel, FOUR_ITEMS, TWO_PIXELS } from './testing.ts';

afterAll(removeTemporaryFolders);

const config = {
  architecture: 'mlp',
  activation: 'tanh',
  likelihood: 'bernoulli',
  prior: 'vamp',
  pseudoInputs: 4,
  latentSize: 1,
  hiddenSizes: [6],
  augment: 'none',
  epochs: 6,
  learningRate: 0.02,
  batchSize: 10,
  seed: 2,
} as const;

const exported = (samples: number) =>
  exportedModel({
    ...config,
    ...(samples > 1 ? { family: 'iwae', samples } : { family: 'vae', gradient: 'stl' }),
  });

const priorOfCard = ({ latent }: WholeCard) => {
  if (latent.kind !== 'gaussian' || !latent.prior) throw new Error('no prior');
  return mixtureFromCard(latent.prior, latent.size);
};

/** ln p(x) of every item by the sum over a grid of z, and the mass of the prior on it. */
function evidence(folder: string) {
  const [step, most] = [0.002, 8];
  const grid = Float32Array.from({ length: (2 * most) / step + 1 }, (_, i) => i * step - most);
  return withModel(folder, async ({ decoder, card }) => {
    const z = tensor(grid, [grid.length, 1]);
    const prior = mixtureLogDensity(priorOfCard(card), z).map((log) => Math.exp(log) * step);
    const exact = await evidenceOn(decoder, z, prior);
    return { exact, mass: prior.reduce((sum, value) => sum + value, 0) };
  });
}

describe.each([1, 5])('a VampPrior, trained with %d draws', (samples) => {
  let folder: string;
  let exact: number[];
  let mass: number;
  const items = FOUR_ITEMS;

  beforeAll(async () => {
    folder = await exported(samples);
    ({ exact, mass } = await evidence(folder));
  }, 120_000);

  test('the grid is fine enough: prior and items have a probability of 1 on it', () => {
    expect(mass).toBeCloseTo(1, 4);
    expect(exact.reduce((sum, value) => sum + Math.exp(value), 0)).toBeCloseTo(1, 4);
    // And they are told apart: a decoder that knows nothing would give each ¼.
    expect(Math.max(...exact) - Math.min(...exact)).toBeGreaterThan(0.5);
  });

  test('the judge finds −ln p(x) from the exported graphs and the card, and so does a model', async () => {
    const { values } = await importanceNll(folder, items, { samples: 20_000 });
    const { importanceWeighted } = await withModel(folder, (model) =>
      model.score(readItems(items.split), { seed: 1, importance: 2000 }),
    );
    for (const [item, value] of values.entries()) {
      expect(Math.abs(value + (exact[item] as number))).toBeLessThan(0.01);
      const own = importanceWeighted?.[item] as number;
      expect(Math.abs(own - (exact[item] as number))).toBeLessThan(0.03);
    }
  });

  test('the ELBO is a bound, the looser, and its KL is from the mixture', async () => {
    const nll = -exact.reduce((sum, value) => sum + value, 0) / 4;
    const { total, metrics } = await withModel(folder, (model) =>
      negativeElbo(model, items, { samples: 1000 }),
    );
    expect(total).toBeGreaterThan(nll);
    expect(metrics[2]?.protocol).toContain("from the model's own prior, a mixture, estimated");
  });

  test('latents are in units in which the prior has mean 0 and variance 1', async () => {
    await withModel(folder, async ({ card }) => {
      const { components } = priorOfCard(card);
      const mean = components.reduce((sum, one) => sum + one.weight * (one.mean[0] as number), 0);
      const square = components.reduce(
        (sum, one) =>
          sum + one.weight * ((one.mean[0] as number) ** 2 + (one.factor[0] as number) ** 2),
        0,
      );
      expect(mean).toBeCloseTo(0, 4);
      expect(square - mean ** 2).toBeCloseTo(1, 4);
      expect(card.format).toBe(2);
      expect(components).toHaveLength(4);
    });
  });

  test('in Node samples are of the mixture, and what needs N(0, I) is refused', async () => {
    const model = await loadAutoencoder(folder);
    const count = 2000;
    const { mean } = await model.sample(count, { seed: 5 });
    const z = sampleMixture(priorOfCard(model.card), count, { seed: 5 });
    expect(mean.data).toEqual((await model.decoder.decode(z)).mean.data);
    // The pixels of draws are those of the data: 160 and 140 of 400 are 1.
    for (const [pixel, share] of [0.4, 0.35].entries()) {
      const drawn = mean.data.filter((_, i) => i % 2 === pixel).reduce((a, b) => a + b) / count;
      expect(Math.abs(drawn - share)).toBeLessThan(0.07);
    }
    const error = await errorOf(() => model.similar(Float32Array.of(0, 1), { seed: 1 }));
    expect(error.message).toMatch(/a model with the prior N\(0, I\) over its latents/);
    expect((await model.augment(Float32Array.of(0, 1), { seed: 1, count: 2 })).mean.dims[0]).toBe(
      2,
    );
    await model.dispose();
  });

  test('KL, mutual information and aggregate KL are under the mixture', async () => {
    const test = testItems({ ...TWO_PIXELS, test: TWO_PIXELS.train }, { binarisation: 'static' });
    const [{ diagnostics }, { kl }] = await withModel(folder, async (model) => [
      await diagnose(model, test, { seed: 3 }),
      await negativeElbo(model, test, { samples: 20 }),
    ]);
    const { mutual = 0, aggregateKl = 0 } = diagnostics.information ?? {};
    expect(Math.abs(mutual + aggregateKl - kl)).toBeLessThan(0.2);
  });
});

describe('a run with a VampPrior', () => {
  test.each(['onnx', 'tfjs'] as const)('is resumed to the bit (%s)', async (engine) => {
    const whole = { ...config, data: TWO_PIXELS, engine, epochs: 3 };
    const unbroken = await train({ ...whole, runDir: temporaryFolder() });
    const controller = new AbortController();
    const runDir = temporaryFolder();
    await train(
      { ...whole, runDir },
      {
        signal: controller.signal,
        onEvent: (event) => void (event.type === 'epoch' && controller.abort()),
      },
    );
    const resumed = await resumeTraining({ runDir, data: TWO_PIXELS });
    expect(resumed.history.map(({ train }) => train)).toEqual(
      unbroken.history.map(({ train }) => train),
    );
  });

  test('is gone on from by its export, pseudo-inputs and all', async () => {
    const folder = await exported(1);
    const { history } = await train({
      runDir: temporaryFolder(),
      from: folder,
      data: TWO_PIXELS,
      epochs: 1,
      learningRate: 1e-9,
    });
    const before = await train({
      ...config,
      data: TWO_PIXELS,
      runDir: temporaryFolder(),
      family: 'vae',
      gradient: 'stl',
    });
    for (const term of ['reconstruction', 'kl'] as const) {
      const [first, second] = [before.history.at(-1), history[0]].map((e) => e?.test[term]);
      expect(Math.abs((second as number) - (first as number))).toBeLessThan(2e-3);
    }
    const error = await errorOf(() =>
      train({
        runDir: temporaryFolder(),
        from: folder,
        data: TWO_PIXELS,
        epochs: 1,
        pseudoInputs: 3,
      }),
    );
    expect(error.message).toMatch(/^pseudo-inputs: expected 4, as .* has/);
  });
});
