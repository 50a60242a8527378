import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { chooseBackend } from '../backends/choose-backend.ts';
import { adamRates, adamStep } from './adam.ts';

beforeAll(() => chooseBackend('cpu'));

/** Algorithm 1 of Kingma & Ba as printed, in double precision. */
function reference(weight: number, gradients: readonly number[], rate: number): number[] {
  let [m, v, w] = [0, 0, weight];
  return gradients.map((g, i) => {
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    const mHat = m / (1 - 0.9 ** (i + 1));
    const vHat = v / (1 - 0.999 ** (i + 1));
    w -= (rate * mHat) / (Math.sqrt(vHat) + 1e-8);
    return w;
  });
}

test.each([
  ['ordinary gradients', [1, -0.5, 2, 0.1, -3, 0.7]],
  ['gradients as small as ε', [1e-8, 2e-8, -1e-8, 5e-9]],
  ['no gradient', [0, 0, 0]],
])('follows the algorithm as printed: %s', (_, gradients) => {
  const expected = reference(0.3, gradients, 0.01);
  let state = { weight: tf.tensor1d([0.3]) as tf.Tensor, m: tf.zeros([1]), v: tf.zeros([1]) };
  for (const [i, gradient] of gradients.entries()) {
    const { rate, epsilon } = adamRates(0.01, i + 1);
    state = adamStep(state, tf.tensor1d([gradient]), {
      rate: tf.scalar(rate),
      epsilon: tf.scalar(epsilon),
    });
    expect(state.weight.dataSync()[0]).toBeCloseTo(expected[i] as number, 6);
  }
});
