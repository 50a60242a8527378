import { afterAll, describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import { makeStrokes } from '@latentkit/data';
import { codeOf, removeTemporaryFolders } from '../../testing.ts';
import { testItems } from '../test-items.ts';
import { codesModel, datasetOf, linearModel, normalRows, withModel } from '../testing.ts';
import { entropy, equalBins, mutualInformation } from './binning.ts';
import { dciDisentanglement, disentanglement, mutualInformationGaps } from './disentanglement.ts';
import { lasso, standardise } from './lasso.ts';

afterAll(removeTemporaryFolders);

const COUNT = 2000;

/** Three factors, uniform and independent, the first a class from 0 to 3. */
function threeFactors() {
  const random = createRandom(1);
  const values = new Float32Array(COUNT * 3);
  for (let i = 0; i < COUNT; i++) {
    values.set([random.integer(4), random.uniform(), 5 * random.uniform()], 3 * i);
  }
  return { names: ['class', 'a', 'b'], values };
}

/** Codes that are linear functions of the factors, [3 factors → width]. */
function codesOf(factors: Float32Array, map: number[][]) {
  const width = map.length;
  const data = new Float32Array(COUNT * width);
  for (let i = 0; i < COUNT; i++) {
    for (const [code, weights] of map.entries()) {
      data[i * width + code] = weights.reduce(
        (sum, weight, f) => sum + weight * (factors[3 * i + f] as number),
        0,
      );
    }
  }
  return { data, width, count: COUNT };
}

const factors = threeFactors();
const mig = (codes: ReturnType<typeof codesOf>) => {
  const gaps = mutualInformationGaps(codes, factors);
  return gaps.reduce((sum, { gap }) => sum + gap, 0) / gaps.length;
};

// A code for each factor; every code a mixture of all (a rotation); factors told twice.
const apart = codesOf(factors.values, [
  [1, 0, 0],
  [0, 4, 0],
  [0, 0, 0.8],
]);
const mixed = codesOf(factors.values, [
  [0.5, 2.3, 0.5],
  [0.5, -2, 0.4],
  [0.5, 0.4, -0.5],
]);
const twice = codesOf(factors.values, [
  [1, 0, 0],
  [1, 0, 0],
  [0, 4, 0],
  [0, 4, 0],
  [0, 0, 1],
  [0, 0, 1],
]);

describe('disentanglement of constructed codes', () => {
  test('MIG: 1 for a code to each factor, near 0 for mixtures and for factors told twice', () => {
    expect(mig(apart)).toBeGreaterThan(0.95);
    expect(mig(mixed)).toBeLessThan(0.25);
    expect(mig(twice)).toBe(0);
  });

  test('DCI: 1 for a code to each factor, also where factors are told twice; low for mixtures', () => {
    // Codes that serve one factor only are disentangled, however many they are.
    expect(dciDisentanglement(apart, factors)).toBeGreaterThan(0.95);
    expect(dciDisentanglement(twice, factors)).toBeGreaterThan(0.95);
    expect(dciDisentanglement(mixed, factors)).toBeLessThan(0.4);
    const silent = codesOf(factors.values, [
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(dciDisentanglement(silent, factors)).toBe(0);
  });

  test('factors that never vary are left out; without any there is nothing to measure', async () => {
    const values = factors.values.map((value, i) => (i % 3 === 1 ? 2 : value));
    const gaps = mutualInformationGaps(apart, { ...factors, values });
    expect(gaps.map(({ factor }) => factor)).toEqual(['class', 'b']);
    const none = { names: ['c'], values: new Float32Array(COUNT) };
    expect(await codeOf(() => mutualInformationGaps(apart, none))).toBe('invalid-argument');
    const one = codesOf(factors.values, [[1, 0, 0]]);
    expect(await codeOf(() => mutualInformationGaps(one, factors))).toBe('invalid-argument');
  });
});

describe('disentanglement of a model', () => {
  test('measures embeddings against the factors of strokes', async () => {
    const { test: split, ...rest } = makeStrokes(1, 300, 1);
    const weights = Array.from(normalRows(784, 4, 1, 0.1));
    const folder = linearModel({
      itemSize: 784,
      latentSize: 4,
      mean: { weights, bias: [0, 0, 0, 0] },
      logVar: [0, 0, 0, 0],
      decoder: { weights: Array.from(normalRows(4, 784, 1)), bias: new Array(784).fill(0) },
      likelihood: { kind: 'bernoulli' },
    });
    const items = testItems({ ...rest, test: split });
    const { mig, dci, gaps, metrics } = await withModel(folder, (model) =>
      disentanglement(model, items),
    );
    expect(gaps.map(({ factor }) => factor)).toEqual(split.factors?.names);
    for (const value of [mig, dci]) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThan(0.5);
    }
    expect(metrics.map(({ name }) => name)).toEqual(['MIG', 'DCI disentanglement']);
    expect(metrics[0]?.protocol).toContain('300 test items of strokes');
  });

  test('items without factors, and codes of a codebook', async () => {
    const images = Float32Array.of(0, 1, 2, 3, 3, 2, 1, 0);
    const folder = codesModel(4);
    const plain = testItems(datasetOf(images, 4));
    const known = testItems(
      datasetOf(images, 4, { factors: { names: ['a'], values: Float32Array.of(0, 1) } }),
    );
    for (const items of [plain, known]) {
      const call = () => withModel(folder, (model) => disentanglement(model, items));
      expect(await codeOf(call)).toBe('unsupported-format');
    }
  });
});

describe('the parts', () => {
  test('bins, entropy, mutual information', () => {
    expect(Array.from(equalBins([0, 1, 2, 3, 4], 2))).toEqual([0, 0, 1, 1, 1]);
    expect(Array.from(equalBins([7, 7], 5))).toEqual([0, 0]);
    const halves = Uint16Array.of(0, 1, 0, 1);
    expect(entropy(halves)).toBeCloseTo(Math.LN2, 12);
    expect(mutualInformation(halves, halves)).toBeCloseTo(Math.LN2, 12);
    expect(mutualInformation(halves, Uint16Array.of(0, 0, 1, 1))).toBeCloseTo(0, 12);
  });

  test('lasso: least squares without a penalty, shrunk weights with one, none with a large one', () => {
    const x = [1, 2].map((seed) => standardise(normalRows(500, 1, seed)));
    const [a, b] = x as [Float64Array, Float64Array];
    const target = a.map((value, i) => 2 * value - 0.5 * (b[i] as number));
    const plain = lasso(x, target, 0);
    expect(plain[0]).toBeCloseTo(2, 4);
    expect(plain[1]).toBeCloseTo(-0.5, 4);
    const shrunk = lasso(x, target, 0.3);
    expect(shrunk[0]).toBeLessThan(1.8);
    expect(Math.abs(shrunk[1] as number)).toBeLessThan(0.3);
    expect(Array.from(lasso(x, target, 5))).toEqual([0, 0]);
    expect(Array.from(lasso([new Float64Array(500)], target, 0.1))).toEqual([0]);
  });
});
