import { describe, expect, test } from '@jest/globals';
import type { ModelCard } from '../card/card.ts';
import { tensor } from '../tensor.ts';
import { fakeCard } from '../testing.ts';
import { elementLogLikelihood, logLikelihood, logNormaliser } from './likelihood.ts';

const cardOf = (likelihood: ModelCard['likelihood']): ModelCard => ({ ...fakeCard(), likelihood });
const decoded = (logits: number[]) => ({
  logits: tensor(Float32Array.from(logits)),
  mean: tensor(Float32Array.from(logits, (l) => 1 / (1 + Math.exp(-l)))),
});

describe('logLikelihood', () => {
  test('bernoulli: by hand, one sum an item', () => {
    const logits = [0, Math.log(3), -Math.log(3), 0, 1, 1, 1, 1];
    const x = Float32Array.of(1, 1, 0, 0, 1, 1, 0, 0);
    const [first, second] = logLikelihood(x, decoded(logits), cardOf({ kind: 'bernoulli' }));
    expect(first).toBeCloseTo(2 * Math.log(0.5) + 2 * Math.log(0.75), 6);
    const p = 1 / (1 + Math.exp(-1));
    expect(second).toBeCloseTo(2 * Math.log(p) + 2 * Math.log(1 - p), 6);
  });

  test('bernoulli: huge logits stay finite', () => {
    const [value] = logLikelihood(
      Float32Array.of(1, 0, 1, 0),
      decoded([1e4, -1e4, -1e4, 1e4]),
      cardOf({ kind: 'bernoulli' }),
    );
    expect(value).toBe(-2e4);
  });

  test('gaussian: by hand', () => {
    const mean = tensor(Float32Array.of(0, 0.5, 1, 0));
    const [value] = logLikelihood(
      Float32Array.of(0, 1, 1, 0),
      { mean },
      cardOf({ kind: 'gaussian', sigma: 0.5 }),
    );
    expect(value).toBeCloseTo(4 * Math.log(1 / (0.5 * Math.sqrt(2 * Math.PI))) - 0.5, 6);
  });

  test('laplace: by hand', () => {
    const mean = tensor(Float32Array.of(0, 0.5, 1, 0));
    const card = cardOf({ kind: 'laplace', scale: 0.25 });
    const [value] = logLikelihood(Float32Array.of(0, 1, 0, 0), { mean }, card);
    expect(value).toBeCloseTo(4 * Math.log(2) - 2 - 4, 6);
  });

  describe('discretised logistic', () => {
    const LEVELS = 16;
    const card = (scale: number) => ({
      ...cardOf({ kind: 'discretised-logistic', scale, levels: LEVELS }),
      item: { shape: [1], layout: 'flat', range: [-1, 1] } as ModelCard['item'],
    });
    const at = Float32Array.from({ length: LEVELS }, (_, i) => -1 + (2 * i) / (LEVELS - 1));
    const probabilities = (mean: number, scale: number) =>
      logLikelihood(at, { mean: tensor(at.map(() => mean)) }, card(scale)).map(Math.exp);

    test.each([
      [0, 0.1],
      [0.33, 1e-3],
      [-0.9, 0.5],
      [3, 0.2],
      [0, 100],
    ])(
      'about %d with scale %d, its masses are those of the logistic, and sum to 1',
      (mean, scale) => {
        const found = probabilities(mean, scale);
        expect(found.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
        const sigmoid = (value: number) => 1 / (1 + Math.exp((mean - value) / scale));
        const half = 1 / (LEVELS - 1);
        for (const [i, x] of at.entries()) {
          const from = i === 0 ? 0 : sigmoid(x - half);
          const to = i === LEVELS - 1 ? 1 : sigmoid(x + half);
          expect(found[i]).toBeCloseTo(to - from, 5);
        }
      },
    );

    test('stays finite far from the mean', () => {
      const mean = tensor(Float32Array.of(1e3));
      const [value] = logLikelihood(Float32Array.of(0), { mean }, card(1e-3));
      expect(value).toBeCloseTo(-(1e3 - 1 / 15) / 1e-3, -1);
    });
  });

  test.each([-8, -1, -0.011, -0.009, 0, 0.009, 0.011, 1, 8])(
    'continuous bernoulli integrates to 1 at logit %p',
    (logit) => {
      const p = 1 / (1 + Math.exp(-logit));
      const steps = 20_000;
      let integral = 0;
      for (let i = 0; i < steps; i++) {
        const x = (i + 0.5) / steps;
        integral +=
          Math.exp(x * Math.log(p) + (1 - x) * Math.log(1 - p) + logNormaliser(logit)) / steps;
      }
      expect(integral).toBeCloseTo(1, 5);
    },
  );
});

describe('continuous Bernoulli', () => {
  const card = {
    ...cardOf({ kind: 'continuous-bernoulli' }),
    item: { shape: [1], layout: 'flat', range: [0, 1] } as ModelCard['item'],
  };

  test.each([-3, -0.5, 0.004, 1, 4])('is a density on [0, 1]: logit %s', (logit) => {
    const steps = 2000;
    const x = Float32Array.from({ length: steps }, (_, i) => (i + 0.5) / steps);
    const logits = tensor(new Float32Array(steps).fill(logit));
    const density = elementLogLikelihood(x, { logits, mean: logits }, card).map(Math.exp);
    expect(density.reduce((sum, value) => sum + value, 0) / steps).toBeCloseTo(1, 3);
  });
});

test('without logits those of the means are taken', () => {
  const x = Float32Array.of(1, 0, 1, 0);
  const both = decoded([0.5, -1, 2, 0.25]);
  const card = cardOf({ kind: 'bernoulli' });
  const [whole] = logLikelihood(x, both, card);
  const [derived] = logLikelihood(x, { mean: both.mean }, card);
  expect(derived).toBeCloseTo(whole as number, 5);
});

test('the terms of an item sum to its log-likelihood', () => {
  const x = Float32Array.of(1, 0, 1, 0, 0, 0, 1, 1);
  const both = decoded([0.5, -1, 2, 0.25, 1, 1, 0, -2]);
  const card = cardOf({ kind: 'bernoulli' });
  const terms = elementLogLikelihood(x, both, card);
  const [first, second] = logLikelihood(x, both, card);
  const sum = (part: Float32Array) => part.reduce((a, b) => a + b, 0);
  expect(sum(terms.subarray(0, 4))).toBeCloseTo(first as number, 5);
  expect(sum(terms.subarray(4))).toBeCloseTo(second as number, 5);
});

describe('what does not fit', () => {
  const card = cardOf({ kind: 'bernoulli' });
  const mean = tensor(new Float32Array(4));
  const x = new Float32Array(4);

  test.each<[string, unknown, unknown, unknown, RegExp]>([
    [
      'items of no length',
      new Float32Array(3),
      { mean },
      card,
      /^x: expected a Float32Array of n × 4 values/,
    ],
    ['no items', [0, 0, 0, 0], { mean }, card, /^x: expected a Float32Array of n × 4 values/],
    ['nothing decoded', x, undefined, card, /^decoded: expected what a decoder gave/],
    ['no mean', x, {}, card, /^decoded.mean: expected a tensor of 4 values, as x has/],
    ['a mean of another length', x, { mean: tensor(new Float32Array(8)) }, card, /^decoded.mean: /],
    [
      'logits of another length',
      x,
      { mean, logits: tensor(new Float32Array(8)) },
      card,
      /^decoded.logits: /,
    ],
    ['no card', x, { mean }, {}, /item/],
    [
      'a card without a decoder',
      x,
      { mean },
      { ...card, likelihood: undefined },
      /^card: expected the card of a model with a decoder/,
    ],
  ])('%s: refused', (_, items, given, of, message) => {
    expect(() => logLikelihood(items as never, given as never, of as never)).toThrow(message);
  });
});
