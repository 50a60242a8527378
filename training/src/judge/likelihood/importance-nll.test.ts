import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import { codeOf, errorOf, removeTemporaryFolders } from '../../testing.ts';
import { testItems } from '../test-items.ts';
import { datasetOf, type LinearModel, linearModel, normalRows, pointModel } from '../testing.ts';
import { importanceNll } from './importance-nll.ts';

afterAll(removeTemporaryFolders);

const SIGMA = 0.5;
const WEIGHTS = [0.8, -0.5, 0.3];
const BIAS = [0.2, 0, -0.1];

/** p(z) = N(0, 1), p(x|z) = N(w z + b, σ² I); the posterior is N(v wᵀ(x − b)/σ², v), 1/v = 1 + |w|²/σ². */
const squares = WEIGHTS.reduce((sum, w) => sum + w * w, 0);
const variance = 1 / (1 + squares / SIGMA ** 2);

function gaussianModel(changes: Partial<LinearModel> = {}): string {
  const gain = WEIGHTS.map((w) => (variance * w) / SIGMA ** 2);
  return linearModel({
    itemSize: 3,
    latentSize: 1,
    mean: { weights: gain, bias: [-gain.reduce((sum, g, i) => sum + g * (BIAS[i] as number), 0)] },
    logVar: [Math.log(variance)],
    decoder: { weights: WEIGHTS, bias: BIAS },
    likelihood: { kind: 'gaussian', sigma: SIGMA },
    ...changes,
  });
}

/** −ln N(x; b, w wᵀ + σ² I), by the matrix determinant lemma and Sherman & Morrison's formula. */
function exactNll(x: ArrayLike<number>): number {
  const d = WEIGHTS.map((_, i) => (x[i] as number) - (BIAS[i] as number));
  const along = WEIGHTS.reduce((sum, w, i) => sum + w * (d[i] as number), 0);
  const norm = d.reduce((sum, value) => sum + value * value, 0);
  const s2 = SIGMA ** 2;
  const quadratic = norm / s2 - along ** 2 / (s2 * (s2 + squares));
  const logDet = 2 * Math.log(s2) + Math.log(s2 + squares);
  return 0.5 * (quadratic + logDet + 3 * Math.log(2 * Math.PI));
}

const rows = normalRows(20, 3, 1);
const items = testItems(datasetOf(rows, 3));

describe('importanceNll', () => {
  test('the exact posterior gives the exact likelihood with a single draw', async () => {
    for (const asFlow of [false, true]) {
      const { values } = await importanceNll(gaussianModel({ asFlow }), items, { samples: 1 });
      for (const [i, value] of values.entries()) {
        expect(value).toBeCloseTo(exactNll(rows.subarray(3 * i, 3 * i + 3)), 4);
      }
    }
  });

  test('is warned of where few draws have all of the weight, and not of an exact posterior', async () => {
    const samples = 500;
    const exact = await importanceNll(gaussianModel(), items, { samples });
    for (const count of exact.effectiveSamples) expect(count / samples).toBeCloseTo(1, 3);
    expect(exact.warnings).toEqual([]);
    // A posterior that knows nothing of the item, and lies beside where the latents are.
    const aside = gaussianModel({
      mean: { weights: [0, 0, 0], bias: [3] },
    });
    const broken = await importanceNll(aside, items, { samples });
    const average = broken.effectiveSamples.reduce((sum, each) => sum + each, 0) / items.count;
    expect(average).toBeLessThan(10);
    expect(Math.min(...broken.effectiveSamples)).toBeGreaterThanOrEqual(1);
    expect(broken.warnings).toEqual([
      expect.stringContaining(
        `Of the 500 importance samples of an item, ${average.toFixed(1)} count`,
      ),
    ]);
    // One draw is one draw.
    expect((await importanceNll(aside, items, { samples: 1 })).warnings).toEqual([]);
  });

  test('of several latents: the product over elements that each have one of their own', async () => {
    const [scales, sigma] = [[2, -0.5], 0.4];
    const variances = scales.map((scale) => 1 / (1 + scale ** 2 / sigma ** 2));
    const gains = scales.map((scale, i) => ((variances[i] as number) * scale) / sigma ** 2);
    const diagonal = ([a = 0, b = 0]: readonly number[]) => ({
      weights: [a, 0, 0, b],
      bias: [0, 0],
    });
    const x = normalRows(6, 2, 4);
    for (const asFlow of [false, true]) {
      const folder = linearModel({
        ...{ itemSize: 2, latentSize: 2, asFlow, logVar: variances.map(Math.log) },
        mean: diagonal(gains),
        decoder: diagonal(scales),
        likelihood: { kind: 'gaussian', sigma },
      });
      const { values } = await importanceNll(folder, testItems(datasetOf(x, 2)), { samples: 3 });
      for (const [row, value] of values.entries()) {
        const exact = scales.reduce((sum, scale, i) => {
          const spread = scale ** 2 + sigma ** 2;
          return (
            sum + 0.5 * ((x[2 * row + i] as number) ** 2 / spread + Math.log(2 * Math.PI * spread))
          );
        }, 0);
        expect(value).toBeCloseTo(exact, 4);
      }
    }
  });

  test('tells of each item, of how many there are', async () => {
    const told: number[][] = [];
    const onItem = (...seen: number[]) => void told.push(seen);
    await importanceNll(gaussianModel(), items, { samples: 1, onItem });
    expect(told).toEqual(Array.from({ length: 20 }, (_, i) => [i + 1, 20]));
  });

  test('with a poor posterior, more draws come closer, from above', async () => {
    const exact = Array.from({ length: 20 }, (_, i) => exactNll(rows.subarray(3 * i, 3 * i + 3)));
    const expected = exact.reduce((sum, value) => sum + value, 0) / 20;
    const folder = gaussianModel({ mean: { weights: [0, 0, 0], bias: [0] }, logVar: [0] });
    const found: number[] = [];
    for (const samples of [1, 20, 2000]) {
      const { metric } = await importanceNll(folder, items, { samples });
      found.push(metric.value);
    }
    const [one, twenty, many] = found as [number, number, number];
    expect(one).toBeGreaterThan(twenty + 0.1);
    expect(twenty).toBeGreaterThan(many);
    expect(Math.abs(many - expected)).toBeLessThan(0.02);
  });

  test('is the mean of the weights of rows of the seeded table, over all its chunks', async () => {
    // Where q(z|x) is the prior, z is ε and its weight is p(x|ε).
    const folder = gaussianModel({ mean: { weights: [0, 0, 0], bias: [0] }, logVar: [0] });
    const x = rows.subarray(0, 3);
    // No multiple of what goes through the graph at a time.
    const [samples, seed] = [1203, 4];
    const { values } = await importanceNll(folder, testItems(datasetOf(x, 3)), { samples, seed });
    const random = createRandom(seed, 'importance');
    const table = random.fillNormal(new Float32Array(16 * samples));
    const start = random.integer(15 * samples + 1);
    let sum = 0;
    for (const eps of table.subarray(start, start + samples)) {
      let logP = 0;
      for (let d = 0; d < 3; d++) {
        const off = (x[d] as number) - (WEIGHTS[d] as number) * eps - (BIAS[d] as number);
        logP -= 0.5 * (off / SIGMA) ** 2 + Math.log(SIGMA) + 0.5 * Math.log(2 * Math.PI);
      }
      sum += Math.exp(logP);
    }
    expect(values[0]).toBeCloseTo(-Math.log(sum / samples), 5);
  });

  test('a Bernoulli decoder, against numeric integration over z', async () => {
    const logits = { weights: [2, -1, 0.5, 3], bias: [0.1, -0.3, 0, 1] };
    const folder = linearModel({
      itemSize: 4,
      latentSize: 1,
      mean: { weights: [0.5, -0.2, 0.1, 0.3], bias: [-0.2] },
      logVar: [-0.5],
      decoder: logits,
      likelihood: { kind: 'bernoulli' },
    });
    const images = Float32Array.of(1, 0, 1, 1, 0, 0, 0, 1);
    const binary = testItems(datasetOf(images, 4), { binarisation: 'static' });
    const { values, metric } = await importanceNll(folder, binary, { samples: 20_000 });
    for (const [i, value] of values.entries()) {
      const step = 1e-3;
      let evidence = 0;
      for (let z = -10; z < 10; z += step) {
        let logP = -0.5 * z * z - 0.5 * Math.log(2 * Math.PI);
        for (let d = 0; d < 4; d++) {
          const l = (logits.weights[d] as number) * z + (logits.bias[d] as number);
          logP += (images[4 * i + d] as number) * l - Math.log1p(Math.exp(l));
        }
        evidence += Math.exp(logP) * step;
      }
      expect(Math.abs(value + Math.log(evidence))).toBeLessThan(0.02);
    }
    expect(metric).toMatchObject({ name: 'NLL', unit: 'nats per item', split: 'test', count: 2 });
    expect(metric.protocol).toBe(
      `negative log-likelihood, 20,000 importance samples from the posterior an item (seed 0), likelihood bernoulli; ${binary.description}, ONNX Runtime CPU`,
    );
    const grey = await importanceNll(folder, testItems(datasetOf(images, 4)), { samples: 2 });
    expect(grey.metric.protocol).toMatch(
      /^importance-weighted bound on the cross-entropy of grey values \(a loss, not a likelihood\), 2 importance/,
    );
  });

  test.each([false, true])(
    'a conditional model is told the label, as a flow: %s',
    async (asFlow) => {
      // The exact posterior given y of a model whose bias depends on y.
      const folder = (shift: number) =>
        gaussianModel({
          asFlow,
          labels: ['a', 'b'],
          decoder: { weights: [...WEIGHTS, 0, 0, 0, shift, shift, shift], bias: BIAS },
        });
      const labels = new Uint8Array(20);
      const as = (label: number) =>
        testItems(datasetOf(rows, 3, { labels: labels.fill(label).slice() }));
      const first = await importanceNll(folder(3), as(0), { samples: 1 });
      expect(first.values[0]).toBeCloseTo(exactNll(rows.subarray(0, 3)), 4);
      expect(first.metric.protocol).toMatch(
        /^negative log-likelihood given the label, 1 importance/,
      );
      const second = await importanceNll(folder(3), as(1), { samples: 1 });
      expect(second.metric.value).toBeGreaterThan(first.metric.value + 5);
    },
  );

  test('the same seed gives the same figure, another seed another, near it', async () => {
    const folder = gaussianModel({ logVar: [0] });
    const run = (seed: number) => importanceNll(folder, items, { samples: 50, seed });
    const first = await run(0);
    expect((await run(0)).values).toEqual(first.values);
    const other = await run(1);
    expect(other.values).not.toEqual(first.values);
    expect(Math.abs(other.metric.value - first.metric.value)).toBeLessThan(0.2);
  });

  test('refuses what it cannot do', async () => {
    const folder = gaussianModel();
    const refusal = async (model: string, options: object, some = items) =>
      (await errorOf(() => importanceNll(model, some, options))).message;
    expect(await refusal(folder, { samples: 0 })).toMatch(/^importance samples: /);
    expect(await refusal(folder, { seed: 1.5 })).toMatch(/^seed: /);
    expect(await codeOf(() => importanceNll(join(folder, 'nothing'), items))).toBe('not-found');
    const wide = testItems(datasetOf(normalRows(2, 4, 1), 4));
    expect(await refusal(folder, {}, wide)).toBe('items: expected 3 values each, received 4.');
    const labelled = gaussianModel({
      labels: ['a', 'b'],
      decoder: { weights: [...WEIGHTS, 0, 0, 0, 0, 0, 0], bias: BIAS },
    });
    const third = testItems(datasetOf(rows, 3, { labels: new Uint8Array(20).fill(2) }));
    expect(await refusal(labelled, {}, third)).toBe(
      'label: expected an index below 2, received 2.',
    );
    const signal = AbortSignal.abort();
    expect(await refusal(folder, { signal })).toMatch(/^The importance sampling was aborted/);
    const points = pointModel(1);
    expect(await refusal(points, {}, testItems(datasetOf(rows, 1)))).toMatch(
      /^Importance weights need the density of the posterior, which a latent of kind 'point' does not offer/,
    );
    const path = join(folder, 'decoder.onnx');
    const bytes = readFileSync(path);
    bytes[bytes.length - 5] = (bytes[bytes.length - 5] as number) ^ 1;
    writeFileSync(path, bytes);
    expect(await codeOf(() => importanceNll(folder, items))).toBe('integrity');
  });
});
