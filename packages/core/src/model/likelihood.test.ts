import { describe, expect, test } from '@jest/globals';
import type { ModelCard } from '../card/card.ts';
import { tensor } from '../tensor.ts';
import { fakeCard } from '../testing.ts';
import { logLikelihood, logNormaliser } from './likelihood.ts';

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
