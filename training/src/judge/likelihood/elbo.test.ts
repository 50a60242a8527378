import { afterAll, describe, expect, test } from '@jest/globals';
import { errorOf, removeTemporaryFolders } from '../../testing.ts';
import { testItems } from '../test-items.ts';
import {
  codesModel,
  datasetOf,
  ladderModel,
  linearModel,
  normalRows,
  pointModel,
  withModel,
} from '../testing.ts';
import { negativeElbo } from './elbo.ts';

afterAll(removeTemporaryFolders);

const LN_2PI = Math.log(2 * Math.PI);

/** x = z + N(0, 1): the posterior is N(x/2, 1/2), and x ~ N(0, 2). */
const exact = (asFlow = false) =>
  linearModel({
    itemSize: 1,
    latentSize: 1,
    mean: { weights: [0.5], bias: [0] },
    logVar: [Math.log(0.5)],
    decoder: { weights: [1], bias: [0] },
    likelihood: { kind: 'gaussian', sigma: 1 },
    asFlow,
  });

describe('negativeElbo', () => {
  const x = normalRows(600, 1, 3, Math.SQRT2);
  const items = testItems(datasetOf(x, 1));
  const evidence =
    x.reduce((sum, value) => sum + value ** 2 / 4, 0) / 600 + 0.5 * (LN_2PI + Math.log(2));

  test('is the negative log-likelihood where the posterior is exact', async () => {
    // ln p(x|z) − KL only averages to it over draws; a flow's estimate is it for every single draw.
    const gaussian = await withModel(exact(), (model) =>
      negativeElbo(model, items, { samples: 400 }),
    );
    expect(Math.abs(gaussian.total - evidence)).toBeLessThan(0.01);
    expect(gaussian.total).toBeCloseTo(gaussian.reconstruction + gaussian.kl, 9);
    const folder = exact(true);
    const flow = await withModel(folder, (model) => negativeElbo(model, items));
    expect(flow.total).toBeCloseTo(evidence, 5);
    const ofKl = ({ metrics }: typeof flow) => metrics[2]?.protocol;
    expect(ofKl(gaussian)).toMatch(
      /^KL of the posterior from N\(0, I\), exact; 400 posterior samples/,
    );
    expect(ofKl(flow)).toMatch(
      /estimated by the same draws; 1 posterior sample an item \(seed 0\);/,
    );
  });

  test('is larger by the KL of the posterior from the exact one', async () => {
    const folder = linearModel({
      itemSize: 1,
      latentSize: 1,
      mean: { weights: [0.5], bias: [0.3] },
      logVar: [Math.log(0.5)],
      decoder: { weights: [1], bias: [0] },
      likelihood: { kind: 'gaussian', sigma: 1 },
    });
    const { total } = await withModel(folder, (model) =>
      negativeElbo(model, items, { samples: 400 }),
    );
    // Both N(·, 1/2), means 0.3 apart: ½ 0.3² / ½.
    expect(Math.abs(total - evidence - 0.09)).toBeLessThan(0.01);
  });

  test('more draws vary less; the same seed gives the same figure', async () => {
    const folder = exact();
    const few = testItems(datasetOf(x.slice(0, 20), 1));
    await withModel(folder, async (model) => {
      const run = async (samples: number, seed: number) =>
        (await negativeElbo(model, few, { samples, seed })).total;
      expect(await run(1, 5)).toBe(await run(1, 5));
      const spread = async (samples: number) => {
        const totals = await Promise.all([1, 2, 3, 4, 5, 6].map((seed) => run(samples, seed)));
        return Math.max(...totals) - Math.min(...totals);
      };
      expect(await spread(200)).toBeLessThan((await spread(1)) / 3);
    });
  });

  test('a conditional model is told the label', async () => {
    // x = z + 3 [y = 1] + N(0, 1), of which the encoder knows nothing.
    const folder = linearModel({
      itemSize: 1,
      latentSize: 1,
      mean: { weights: [0], bias: [0] },
      logVar: [0],
      decoder: { weights: [1, 0, 3], bias: [0] },
      likelihood: { kind: 'gaussian', sigma: 1 },
      labels: ['a', 'b'],
    });
    const images = Float32Array.of(0, 3);
    for (const [labels, expected] of [
      [[0, 1], 0],
      [[1, 0], 4.5],
    ] as const) {
      const data = testItems(datasetOf(images, 1, { labels: Uint8Array.from(labels) }));
      const { kl, reconstruction, metrics } = await withModel(folder, (model) =>
        negativeElbo(model, data, { samples: 3000 }),
      );
      expect(kl).toBeCloseTo(0, 6);
      // E ½ (x − z − 3y)² = ½ (x − 3y)² + ½
      expect(Math.abs(reconstruction - (expected + 0.5 + 0.5 * LN_2PI))).toBeLessThan(0.15);
      expect(metrics[0]?.protocol).toContain('with β = 1, given the label; 3000 posterior');
    }
  });

  test('a ladder adds the KLs of its levels', async () => {
    const folder = ladderModel();
    const images = Float32Array.of(1, 3, -1, 1);
    const { kl, reconstruction, metrics } = await withModel(folder, (model) =>
      negativeElbo(model, testItems(datasetOf(images, 2)), { samples: 3000 }),
    );
    expect(kl).toBeCloseTo(2 + (9 + 1) / 2, 5);
    // E ½ (x − z)² over two dimensions, with z − x = ½ ε.
    expect(Math.abs(reconstruction - (0.25 + LN_2PI))).toBeLessThan(0.02);
    expect(metrics.map(({ name, unit }) => [name, unit])).toEqual([
      ['negative ELBO', 'nats per item'],
      ['reconstruction', 'nats per item'],
      ['KL', 'nats per item'],
    ]);
    const setting = `3000 posterior samples an item (seed 0); 2 test items of`;
    for (const { protocol, count } of metrics) {
      expect([protocol.includes(setting), count]).toEqual([true, 2]);
    }
  });

  test('codes cost what their prior says', async () => {
    const folder = codesModel(8);
    const images = Float32Array.of(0, 1, 2, 3, 7, 7, 7, 7);
    const found = await withModel(folder, (model) =>
      negativeElbo(model, testItems(datasetOf(images, 4)), { samples: 5 }),
    );
    expect(found.kl).toBeCloseTo(4 * Math.log(8), 5);
    expect(found.reconstruction).toBeCloseTo(2 * LN_2PI, 5);
    expect(found.metrics[0]?.protocol).toContain('codes are not drawn');
  });

  test('models without a prior, bad numbers, a signal', async () => {
    const codes = codesModel(8, { prior: false });
    const point = pointModel(1);
    for (const folder of [codes, point]) {
      const call = () => withModel(folder, (model) => negativeElbo(model, items));
      const { code, message } = await errorOf(call);
      expect([code, message]).toEqual([
        'unsupported-format',
        expect.stringMatching(/^The evidence lower bound needs a prior over the latents, which /),
      ]);
    }
    const folder = exact();
    await withModel(folder, async (model) => {
      const refusal = async (options: object) =>
        (await errorOf(() => negativeElbo(model, items, options))).message;
      expect(await refusal({ samples: 0 })).toMatch(/^posterior samples: /);
      expect(await refusal({ seed: -1 })).toMatch(/^seed: /);
      expect(await refusal({ signal: AbortSignal.abort() })).toMatch(
        /^Computing the ELBO was aborted/,
      );
    });
  });

  test('says whether it is a likelihood: grey values under Bernoulli have none', async () => {
    const folder = linearModel({
      ...{ itemSize: 2, latentSize: 1, logVar: [0], likelihood: { kind: 'bernoulli' } },
      mean: { weights: [0, 0], bias: [0] },
      decoder: { weights: [1, 1], bias: [0, 0] },
    });
    const data = datasetOf(Float32Array.of(0, 1, 1, 0), 2);
    const words = async (model: string, binarisation?: 'static') => {
      const items = testItems(data, { binarisation });
      const { metrics } = await withModel(model, (one) => negativeElbo(one, items));
      return metrics[0]?.protocol;
    };
    expect(await words(folder)).toContain(
      'cross-entropy on grey values (a loss, not a likelihood)',
    );
    expect(await words(folder, 'static')).toContain('−ln p(x|z), likelihood bernoulli');
    const gaussian = linearModel({
      ...{ itemSize: 2, latentSize: 1, logVar: [0], likelihood: { kind: 'gaussian', sigma: 1 } },
      mean: { weights: [0, 0], bias: [0] },
      decoder: { weights: [1, 1], bias: [0, 0] },
    });
    expect(await words(gaussian)).toContain('−ln p(x|z), likelihood gaussian');
  });
});
