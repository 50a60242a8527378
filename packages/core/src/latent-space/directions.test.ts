import { describe, expect, test } from '@jest/globals';
import { tensor } from '../tensor.ts';
import { findDirections } from './directions.ts';
import { momentsOf } from './moments.ts';
import { selectRows, splitRows } from './split-rows.ts';
import { normal, rows } from './testing.ts';

/** Squared correlation of a normal number with its sign. */
const R2_OF_A_SIGN = 2 / Math.PI;

describe('directions', () => {
  const z = normal(2000, 5);
  const along = (...weights: number[]) =>
    Float64Array.from({ length: 2000 }, (_, row) =>
      weights.reduce((sum, w, i) => sum + w * (z.data[row * 5 + i] as number), 7),
    );

  test('a linear attribute is found exactly, in units of its deviation', () => {
    const [found] = findDirections(z, [{ name: 'size', values: along(3, 4) }], { ridge: 1e-9 });
    const { mean, covariance } = momentsOf(z);
    expect(mean).toHaveLength(5);
    // One step raises the attribute, 3 z₁ + 4 z₂, by one deviation.
    const rise = 3 * (found?.vector[0] as number) + 4 * (found?.vector[1] as number);
    const deviation = Math.sqrt(
      9 * (covariance[0] as number) +
        16 * (covariance[6] as number) +
        24 * (covariance[1] as number),
    );
    expect(rise).toBeCloseTo(deviation, 1);
    expect(found?.deviation).toBeCloseTo(deviation, 0);
    expect(found?.r2).toBeCloseTo(1, 6);
    expect(found?.accuracy).toBeUndefined();
  });

  test('a direction leaves the other attributes alone, though they go together', () => {
    const attributes = [
      { name: 'a', values: along(1, 1) },
      { name: 'b', values: along(0, 1, 1) },
    ];
    const [a, b] = findDirections(z, attributes, { ridge: 1e-9 }).map(({ vector }) => vector);
    expect((a?.[1] as number) + (a?.[2] as number)).toBeCloseTo(0, 5);
    expect((b?.[0] as number) + (b?.[1] as number)).toBeCloseTo(0, 5);
    expect((a?.[0] as number) + (a?.[1] as number)).toBeGreaterThan(1);
    const [alone] = findDirections(z, attributes.slice(0, 1)).map(({ vector }) => vector);
    expect((alone?.[1] as number) + (alone?.[2] as number)).toBeGreaterThan(0.5);
  });

  test('a label points along the difference of the means of its classes, and its accuracy is said', () => {
    const values = along(1).map((value) => Number(value > 7));
    const [found] = findDirections(z, [{ name: 'smile', values }], { ridge: 1e-9 });
    expect(found?.accuracy).toBeGreaterThan(0.95);
    const above = meanOf(values, 1);
    const below = meanOf(values, 0);
    const difference = above.map(
      (value, i) => ((value - (below[i] as number)) * 0.5) / R2_OF_A_SIGN,
    );
    for (let i = 0; i < 5; i++) {
      expect(Math.abs((found?.vector[i] as number) - (difference[i] as number))).toBeLessThan(0.05);
    }
  });

  test('one dimension, one attribute: the regression and its judgement, by hand', () => {
    // Of every value of the latent, a label that is mostly, but not always, its sign.
    const n = 50;
    const latents = Array.from({ length: n }, (_, row) => Math.sin(row * 7) + 0.3);
    const values = latents.map((value, row) => Number(value > 0 !== (row % 7 === 0)));
    const [ridge, heldOut, seed] = [0.5, 0.4, 3];
    const z = rows(...latents.map((value) => [value]));
    const [found] = findDirections(z, [{ name: 'a', values }], { ridge, heldOut, seed });

    const { train, test: judged } = splitRows(n, heldOut, seed, 'directions');
    const of = (list: readonly number[], at: Uint32Array) =>
      Array.from(at, (row) => list[row] as number);
    const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
    const [x, y] = [of(latents, train), of(values, train)];
    const [mx, my] = [mean(x), mean(y)];
    const variance = mean(x.map((value) => (value - mx) ** 2));
    const deviation = Math.sqrt(mean(y.map((value) => (value - my) ** 2)));
    const covariance = mean(x.map((value, i) => (value - mx) * ((y[i] as number) - my)));
    // One deviation of the attribute more: d with w d = 1, for w = cov / (σ (1 + ridge) var).
    const weight = covariance / deviation / (variance * (1 + ridge));
    expect(found?.vector[0]).toBeCloseTo(1 / weight, 5);
    expect(found?.deviation).toBeCloseTo(deviation, 10);

    const truth = of(values, judged);
    const predicted = of(latents, judged).map((value) => my + deviation * weight * (value - mx));
    const residual = mean(truth.map((value, i) => (value - (predicted[i] as number)) ** 2));
    const total = mean(truth.map((value) => (value - mean(truth)) ** 2));
    expect(found?.r2).toBeCloseTo(1 - residual / total, 6);
    const right = truth.filter((value, i) => (value === 1) === (predicted[i] as number) > 0.5);
    expect(right.length).toBeLessThan(truth.length);
    expect(found?.accuracy).toBeCloseTo(right.length / truth.length, 12);
  });

  test('a label that does not vary among the items that it is judged by explains nothing', () => {
    const latents = Array.from({ length: 40 }, (_, row) => Math.cos(row));
    const { test: judged } = splitRows(40, 0.2, 1, 'directions');
    const values = latents.map((value, row) => (judged.includes(row) ? 0 : Number(value > 0)));
    const z = rows(...latents.map((value) => [value]));
    expect(findDirections(z, [{ name: 'a', values }])[0]?.r2).toBe(0);
  });

  test('the ridge weighs as the mean variance of a dimension does', () => {
    // Two dimensions of variances 1 and 4, uncorrelated: ridge · 2.5 is added to each.
    const z = rows(
      ...Array.from({ length: 40 }, (_, row) => [row % 2 ? 1 : -1, row % 4 > 1 ? 2 : -2]),
    );
    const values = Array.from({ length: 40 }, (_, row) => (row % 2 ? 1 : -1));
    const half = (ridge: number) =>
      findDirections(z, [{ name: 'a', values }], { ridge, heldOut: 0.1 })[0];
    const { train } = splitRows(40, 0.1, 1, 'directions');
    const { covariance } = momentsOf(selectRows(z, train));
    const [a = 0, b = 0, , d = 0] = covariance;
    const extra = (0.7 * (a + d)) / 2;
    // The attribute is the first dimension: w solves (Σ + extra I) w = Σ₁ / σ, and the vector is Σ w / (wᵀ Σ w).
    const determinant = (a + extra) * (d + extra) - b * b;
    const w = [
      ((d + extra) * a - b * b) / determinant,
      ((a + extra) * b - b * a) / determinant,
    ].map((value) => value / Math.sqrt(a)) as [number, number];
    const moved = [a * w[0] + b * w[1], b * w[0] + d * w[1]] as [number, number];
    const norm = w[0] * moved[0] + w[1] * moved[1];
    const vector = half(0.7)?.vector;
    expect(vector?.[0]).toBeCloseTo(moved[0] / norm, 5);
    expect(vector?.[1]).toBeCloseTo(moved[1] / norm, 5);
  });

  test('the scale of latents and the size of a ridge change nothing but the length', () => {
    const attributes = [
      { name: 'a', values: along(1, 1) },
      { name: 'b', values: along(0, 1, 1) },
    ];
    const small = tensor(
      z.data.map((value) => value * 2 ** -30),
      z.dims,
    );
    const [a, b] = findDirections(z, attributes);
    const [c, d] = findDirections(small, attributes);
    for (const [plain, scaled] of [
      [a, c],
      [b, d],
    ]) {
      expect(Array.from(scaled?.vector ?? [], (value) => value * 2 ** 30)).toEqual(
        Array.from(plain?.vector ?? [], (value) => expect.closeTo(value, 5)),
      );
    }
    // Of a ridge that dwarfs Σ the readings are Cov(z, a) / λ, and one step still raises a by one deviation.
    const [alone] = findDirections(z, attributes.slice(0, 1), { ridge: 1e6 });
    const direction = Math.hypot(...(alone?.vector ?? []));
    expect((alone?.vector[0] as number) / direction).toBeCloseTo(Math.SQRT1_2, 1);
  });

  test('attributes that follow from each other are refused by their names, and found each by itself', () => {
    const [a, b, c] = [along(1, 1), along(0, 1, 1), along(0, 0, 0, 1)];
    const named = {
      a: { name: 'a', values: a },
      b: { name: 'b', values: b },
      c: { name: 'c', values: c },
      twice: { name: 'twice', values: a.map((value) => 2 * value + 1) },
      sum: { name: 'sum', values: a.map((value, i) => value - (b[i] as number)) },
    };
    const refused = (...attributes: (keyof typeof named)[]) => {
      try {
        findDirections(
          z,
          attributes.map((name) => named[name]),
        );
      } catch (error) {
        return (error as Error).message;
      }
      return undefined;
    };
    const remedy =
      "expected some that can each change alone; leave one out, or ask for each by itself, received 'the last follows from the others'.";
    expect(refused('a', 'b', 'c')).toBeUndefined();
    expect(refused('a', 'c', 'twice')).toBe(`attributes 'a', 'twice': ${remedy}`);
    expect(refused('c', 'a', 'b', 'sum')).toBe(`attributes 'a', 'b', 'sum': ${remedy}`);
    expect(refused('a', 'b', 'c', 'twice', 'sum', 'a')).toMatch(
      /^attributes: expected 5 at most, as many as the latents have dimensions; .* received \['a', 'b', /,
    );
    // Of classes that exclude each other, and of which every item has one, the last follows from the others.
    const classes = [0, 1, 2].map((label) => ({
      name: `class ${label}`,
      values: a.map((value) => Number(Math.min(2, Math.max(0, Math.floor(value - 6))) === label)),
    }));
    expect(() => findDirections(z, classes)).toThrow(
      /^attributes 'class 0', 'class 1', 'class 2': /,
    );
    for (const one of classes) expect(findDirections(z, [one])[0]?.r2).toBeGreaterThan(0);
  });

  test('a label that only held-out items have is told from one that does not vary', () => {
    const { test: judged } = splitRows(50, 0.2, 1, 'directions');
    const latents = normal(50, 2);
    const values = Array.from({ length: 50 }, (_, row) => Number(row === judged[0]));
    expect(() => findDirections(latents, [{ name: 'rare', values }])).toThrow(
      "attribute 'rare': expected values that vary among the items that are not held out; give another seed or heldOut, received '0 for all 40 of them'.",
    );
    // Rounding of the mean makes no variance.
    expect(() => findDirections(latents, [{ name: 'c', values: Array(50).fill(0.1) }])).toThrow(
      "attribute 'c': expected values that vary, received 'one value for all items'.",
    );
  });

  test('noise has no direction worth the name', () => {
    const values = normal(2000, 1, 9).data;
    expect(findDirections(z, [{ name: 'noise', values }])[0]?.r2).toBeLessThan(0.05);
  });

  test.each([
    [
      'few items',
      () => findDirections(normal(9, 1), []),
      /^latents: expected at least 10 rows, received '9 rows'/,
    ],
    ['a constant', () => findDirections(z, [{ name: 'c', values: along() }]), /that vary/],
    ['missing values', () => findDirections(z, [{ name: 'c', values: [1, 2] }]), /2000 values/],
    [
      'NaN',
      () => findDirections(z, [{ name: 'c', values: along(1).fill(Number.NaN, 5, 6) }]),
      /NaN at 5/,
    ],
    ['no held-out share', () => findDirections(z, [], { heldOut: 0 }), /between 0 and 1/],
    ['no ridge', () => findDirections(z, [], { ridge: 0 }), /above 0/],
  ])('%s: refused', (_, call, message) => expect(call).toThrow(message));

  function meanOf(values: ArrayLike<number>, label: number): number[] {
    const chosen = Array.from({ length: 2000 }, (_, row) => row).filter(
      (row) => values[row] === label,
    );
    return [0, 1, 2, 3, 4].map(
      (i) => chosen.reduce((sum, row) => sum + (z.data[row * 5 + i] as number), 0) / chosen.length,
    );
  }
});
