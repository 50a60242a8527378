import { describe, expect, test } from '@jest/globals';
import { adam } from './adam.ts';
import { float32Arithmetic } from './arithmetic.ts';
import { sgd } from './sgd.ts';
import type { UpdateRule } from './update-rule.ts';
import { withAverage } from './with-average.ts';

/** The weights after each gradient, and the slots in the end. */
function follow(rule: UpdateRule, weight: number, gradients: readonly number[], rate: number) {
  let state = { weight, slots: rule.slots.map(() => 0) as readonly number[] };
  const weights = gradients.map((gradient, i) => {
    const rates = rule.ratesAt(rate, i + 1);
    state = rule.update(float32Arithmetic, { ...state, gradient, rates });
    return state.weight;
  });
  return { weights, slots: state.slots };
}

describe('adam', () => {
  /** Algorithm 1 of Kingma & Ba as printed, and algorithm 2 of Loshchilov & Hutter, in double precision. */
  function reference(weight: number, gradients: readonly number[], rate: number, decay = 0) {
    let [m, v, w] = [0, 0, weight];
    return gradients.map((g, i) => {
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      const mHat = m / (1 - 0.9 ** (i + 1));
      const vHat = v / (1 - 0.999 ** (i + 1));
      w -= (rate * mHat) / (Math.sqrt(vHat) + 1e-8) + rate * decay * w;
      return w;
    });
  }

  test.each([
    ['ordinary gradients', [1, -0.5, 2, 0.1, -3, 0.7]],
    ['gradients as small as ε', [1e-8, 2e-8, -1e-8, 5e-9]],
    ['no gradient', [0, 0, 0]],
  ])('follows the algorithm as printed: %s', (_, gradients) => {
    for (const weightDecay of [0, 0.1]) {
      const expected = reference(0.3, gradients, 0.01, weightDecay);
      const { weights } = follow(adam({ weightDecay }), 0.3, gradients, 0.01);
      for (const [i, weight] of weights.entries()) {
        expect(weight).toBeCloseTo(expected[i] as number, 6);
      }
    }
  });
});

test('gradient descent gathers momentum', () => {
  const { weights } = follow(sgd({ momentum: 0.5 }), 1, [1, 1, 0], 0.1);
  for (const [i, expected] of [0.9, 0.75, 0.675].entries()) {
    expect(weights[i]).toBeCloseTo(expected, 6);
  }
});

test('an average follows the weight, fast at first, and does not change it', () => {
  const gradients = Array<number>(40).fill(0.5);
  const plain = follow(sgd(), 1, gradients, 0.01);
  const averaged = follow(withAverage(sgd(), 0.9), 1, gradients, 0.01);
  expect(averaged.weights).toEqual(plain.weights);
  let average = 0;
  for (const [i, weight] of plain.weights.entries()) {
    const decay = Math.min(0.9, (i + 2) / (i + 11));
    average = decay * average + (1 - decay) * weight;
  }
  expect(averaged.slots[1]).toBeCloseTo(average, 5);
});
