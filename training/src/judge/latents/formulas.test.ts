import { describe, expect, test } from '@jest/globals';
import { createRandom, tensor } from '@latentkit/core';
import { entropy, equalBins, mutualInformation } from './binning.ts';
import { dciDisentanglement, mutualInformationGaps } from './disentanglement.ts';
import { lasso, standardise } from './lasso.ts';
import { columnMeans, columnVariances, klByDimension, Rows } from './latent-statistics.ts';
import { indexCodeInformation } from './mutual-information.ts';

/** The figures of latents on data so small that they can be computed by hand. */
const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 6));
const rows = (width: number, ...values: number[]) => ({
  data: Float32Array.from(values),
  width,
  count: values.length / width,
});

describe('equalBins', () => {
  test.each([
    [[0, 1, 2, 3, 4], 4, [0, 1, 2, 3, 3]],
    [[-2, -1, 0], 2, [0, 1, 1]],
    [[5, 3], 20, [19, 0]],
    [[0, 0.49, 0.5, 1], 2, [0, 0, 1, 1]],
    [[7, 7, 7], 5, [0, 0, 0]],
    [[], 3, []],
  ])('%j in %d', (values, bins, expected) => {
    expect(Array.from(equalBins(values, bins))).toEqual(expected);
  });
});

describe('entropies', () => {
  test.each([
    [[0, 0, 0, 0], 0],
    [[0, 1, 2, 3], Math.log(4)],
    [[0, 0, 0, 9], -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25))],
  ])('of %j', (values, expected) => {
    expect(entropy(Uint16Array.from(values))).toBeCloseTo(expected, 12);
  });

  test.each([
    ['the same in another order', [0, 1, 2], [2, 0, 1], Math.log(3)],
    ['one that tells half of the other', [0, 0, 1, 1], [0, 1, 2, 3], Math.LN2],
    ['independent ones', [0, 0, 1, 1], [0, 2, 0, 2], 0],
    ['pairs that are as often', [0, 1], [1, 0], Math.LN2],
  ])('mutual information of %s', (_, a, b, expected) => {
    const [first, second] = [Uint16Array.from(a), Uint16Array.from(b)];
    expect(mutualInformation(first, second)).toBeCloseTo(expected, 12);
    expect(mutualInformation(second, first)).toBeCloseTo(expected, 12);
  });
});

describe('lasso', () => {
  /** Orthogonal, of mean 0 and variance 1. */
  const [a, b] = [Float64Array.of(1, 1, -1, -1), Float64Array.of(1, -1, 1, -1)];
  const target = a.map((value, i) => 2 * value - 0.5 * (b[i] as number));

  test.each([
    [0, [2, -0.5]],
    [0.3, [1.7, -0.2]],
    [0.5, [1.5, 0]],
    [2.5, [0, 0]],
  ])(
    'of orthogonal columns with penalty %d: their weights, moved to 0 by it',
    (penalty, expected) => {
      expect(Array.from(lasso([a, b], target, penalty))).toEqual(close(expected));
    },
  );

  test('of a column of another scale: (⟨x, y⟩ / n − λ) / (‖x‖² / n)', () => {
    const wide = a.map((value) => 2 * value);
    expect(Array.from(lasso([wide], a, 0.4))).toEqual(close([(2 - 0.4) / 4]));
  });

  test('of correlated columns: no weight can be changed for the better', () => {
    const columns = [a, a.map((value, i) => 0.8 * value + 0.6 * (b[i] as number)), b].map((x) =>
      standardise(x),
    );
    const penalty = 0.1;
    const weights = lasso(columns, target, penalty);
    const residual = target.map((value, i) =>
      columns.reduce(
        (left, column, j) => left - (weights[j] as number) * (column[i] as number),
        value,
      ),
    );
    for (const [j, column] of columns.entries()) {
      const slope = column.reduce((sum, x, i) => sum + x * (residual[i] as number), 0) / 4;
      const weight = weights[j] as number;
      if (weight === 0) expect(Math.abs(slope)).toBeLessThanOrEqual(penalty + 1e-5);
      else expect(slope).toBeCloseTo(Math.sign(weight) * penalty, 5);
    }
    expect(weights.some((weight) => weight !== 0)).toBe(true);
  });

  test('columns that never vary have no weight', () => {
    expect(Array.from(lasso([new Float64Array(4), a], a, 0))).toEqual(close([0, 1]));
  });

  test.each([
    [
      [1, 3],
      [-1, 1],
    ],
    [
      [5, 5, 5],
      [0, 0, 0],
    ],
    [
      [0, 0, 6],
      [-Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT2],
    ],
  ])('standardise %j', (values, expected) => {
    expect(Array.from(standardise(values))).toEqual(close(expected));
  });
});

describe('statistics of columns', () => {
  test('rows are put together as batches bring them', () => {
    const all = new Rows(3, 2);
    all.add(tensor(Float32Array.of(1, 2), [1, 2]));
    all.add(tensor(Float32Array.of(3, 4, 5, 6), [2, 2]));
    expect(all.count).toBe(3);
    expect([...all.data]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(all.first(2)).toEqual(rows(2, 1, 2, 3, 4));
  });

  test('means, variances and KL, column by column', () => {
    const mean = rows(2, 1, 10, 3, 10, 5, 16);
    expect(Array.from(columnMeans(mean))).toEqual(close([3, 12]));
    expect(Array.from(columnVariances(mean))).toEqual(close([8 / 3, 8]));
    const logVar = rows(2, 0, Math.log(4));
    const kl = klByDimension(rows(2, 3, 0), logVar);
    expect(Array.from(kl)).toEqual(close([4.5, 0.5 * (4 - 1 - Math.log(4))]));
    const two = klByDimension(rows(1, 1, 3), rows(1, 0, 0));
    expect(Array.from(two)).toEqual(close([(0.5 + 4.5) / 2]));
  });
});

describe('disentanglement', () => {
  /** Two factors of two values each, in all four ways. */
  const factors = { names: ['a', 'b'], values: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1) };

  test('MIG: (largest − second largest information) / entropy, factor by factor', () => {
    // Code 0 is a; code 1 tells all four apart, hence b, and a too; code 2 tells nothing.
    const codes = rows(3, 0, 0, 5, 0, 1, 5, 1, 2, 5, 1, 3, 5);
    expect(mutualInformationGaps(codes, factors)).toEqual([
      { factor: 'a', gap: expect.closeTo(0, 9) },
      { factor: 'b', gap: expect.closeTo(1, 9) },
    ]);
    // Half of a is told by code 1: the last two items are alike in it.
    const half = mutualInformationGaps(rows(2, 0, 0, 0, 1, 1, 1, 1, 1), factors);
    const told = Math.log(2) - 0.75 * Math.log(3) + 0.5 * Math.log(2);
    expect(half[0]?.gap).toBeCloseTo(1 - told / Math.LN2, 6);
  });

  test('MIG refuses one code, and factors that never vary', () => {
    expect(() => mutualInformationGaps(rows(1, 0, 1, 2, 3), factors)).toThrow(
      'code dimensions: expected at least 2, received 1.',
    );
    const same = { names: ['a'], values: new Float32Array(4) };
    expect(() => mutualInformationGaps(rows(2, 0, 0, 0, 1, 1, 0, 1, 1), same)).toThrow(
      "factors: expected at least one that varies, received 'none'.",
    );
  });

  test('DCI: 1 − the entropy of a code’s importances / ln of the factors, weighted by them', () => {
    // Both codes vary; each serves one factor alone.
    const apart = rows(2, 0, 0, 0, 1, 1, 0, 1, 1);
    expect(dciDisentanglement(apart, factors)).toBeCloseTo(1, 6);
    // One code is their sum: of weight √½ for either, less the penalty.
    const sum = rows(1, 0, 1, 1, 2);
    expect(dciDisentanglement(sum, factors)).toBeCloseTo(0, 6);
    // Of 2a + b: 2 / √5 and 1 / √5, less the penalty of 0.02.
    const [most, least] = [2 / Math.sqrt(5) - 0.02, 1 / Math.sqrt(5) - 0.02];
    const share = most / (most + least);
    const disorder = -share * Math.log(share) - (1 - share) * Math.log(1 - share);
    const expected = 1 - disorder / Math.LN2;
    expect(dciDisentanglement(rows(1, 0, 1, 2, 3), factors)).toBeCloseTo(expected, 6);
    // Beside a code of b alone, which takes b from it, and one that says nothing.
    expect(dciDisentanglement(rows(2, 0, 5, 1, 5, 2, 5, 3, 5), factors)).toBeCloseTo(expected, 6);
    expect(dciDisentanglement(rows(2, 5, 5, 5, 5, 5, 5, 5, 5), factors)).toBe(0);
  });

  test('DCI takes a factor of classes class by class', () => {
    // Class 1 lies between 0 and 2: no line in the code tells it, but its indicator.
    const classes = { names: ['class', 'b'], values: Float32Array.of(0, 0, 1, 1, 2, 0, 1, 1) };
    const codes = rows(1, 0, 1, 0, 1);
    const asClasses = dciDisentanglement(codes, classes);
    const asNumbers = dciDisentanglement(codes, classes, []);
    // As numbers class and b are unrelated, and so are class and code.
    expect(asNumbers).toBeCloseTo(1, 6);
    // The indicators of 0, 1, 2 have correlations −1/√3, 1, −1/√3 with the code, less 0.02 each.
    const [ofClass, ofB] = [2 * (1 / Math.sqrt(3) - 0.02) + 0.98, 0.98];
    const share = ofClass / (ofClass + ofB);
    const disorder = -share * Math.log(share) - (1 - share) * Math.log(1 - share);
    expect(asClasses).toBeCloseTo(1 - disorder / Math.LN2, 6);
  });
});

describe('indexCodeInformation', () => {
  const log = Math.log;
  /** ln N(z; mean, variance) */
  const logNormal = (z: number, mean: number, variance: number) =>
    -0.5 * ((z - mean) ** 2 / variance + log(2 * Math.PI * variance));
  /** ½ Σ KL(qᵢ ‖ ½ q₁ + ½ q₂) in one dimension, by the sum over a fine grid. */
  function exactly(posteriors: readonly (readonly [mean: number, variance: number])[]): number {
    let information = 0;
    for (let z = -60; z < 60; z += 0.005) {
      const densities = posteriors.map(([mean, variance]) =>
        Math.exp(logNormal(z, mean, variance)),
      );
      const mixture = densities.reduce((a, b) => a + b) / densities.length;
      for (const density of densities) {
        if (density > 1e-300)
          information += (0.005 * density * log(density / mixture)) / densities.length;
      }
    }
    return information;
  }
  const COPIES = 1500;
  /** Many items of each posterior: their mixture is the same, and the mean is over as many draws. */
  const estimate = (posteriors: readonly (readonly [mean: number, variance: number])[][]) => {
    const items = Array.from({ length: COPIES }, () => posteriors).flat();
    const width = posteriors[0]?.length ?? 0;
    return indexCodeInformation(
      rows(width, ...items.flatMap((one) => one.map(([mean]) => mean))),
      rows(width, ...items.flatMap((one) => one.map(([, variance]) => log(variance)))),
      createRandom(3, 'information'),
    );
  };

  test.each([
    ['alike', [0, 1], [0, 1]],
    ['apart', [-20, 1], [20, 1]],
    ['of another width', [0, 1], [0, 16]],
    ['of another place and width', [0, 0.25], [2, 4]],
  ] as const)('of two posteriors that are %s', (_, a, b) => {
    expect(Math.abs(estimate([[a], [b]]) - exactly([a, b]))).toBeLessThan(0.02);
  });

  test('a dimension in which they are alike adds nothing, whatever its width', () => {
    const [a, b] = [
      [0, 1],
      [0, 16],
    ] as const;
    const found = estimate([
      [[5, 9], a],
      [[5, 9], b],
    ]);
    expect(Math.abs(found - exactly([a, b]))).toBeLessThan(0.02);
  });
});
