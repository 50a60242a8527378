import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
// Registers the gradients.
import '@tensorflow/tfjs-layers';
import { chooseBackend } from '../backends/choose-backend.ts';
import { LIKELIHOODS } from './likelihood.ts';

beforeAll(() => chooseBackend('cpu'));

describe('bernoulli', () => {
  const { negativeLogLikelihood, outputs } = LIKELIHOODS.bernoulli;

  test('is the cross-entropy summed over elements', () => {
    const x = [[0, 1, 0.3, 0.9]];
    const logits = [[-1, 2, 0.5, -4]];
    const expected = (logits[0] as number[]).reduce((sum, logit, i) => {
      const p = 1 / (1 + Math.exp(-logit));
      const target = x[0]?.[i] as number;
      return sum - target * Math.log(p) - (1 - target) * Math.log(1 - p);
    }, 0);
    const [value] = negativeLogLikelihood(tf.tensor2d(x), tf.tensor2d(logits)).arraySync();
    expect(value).toBeCloseTo(expected, 5);
  });

  test('stays finite and right at logits where a probability rounds to 0 or 1', () => {
    const values = negativeLogLikelihood(
      tf.tensor2d([[1], [0], [1], [0]]),
      tf.tensor2d([[200], [200], [-200], [-200]]),
    ).arraySync();
    expect(values).toEqual([0, 200, 200, 0]);
  });

  test('its gradient is the probability minus the target', () => {
    const x = tf.tensor2d([[0.25, 1]]);
    const gradient = tf.grad((logits) => tf.sum(negativeLogLikelihood(x, logits as tf.Tensor2D)));
    const values = gradient(tf.tensor2d([[0, 0]])).dataSync();
    expect(values[0]).toBeCloseTo(0.25, 6);
    expect(values[1]).toBeCloseTo(-0.5, 6);
  });

  test('gives logits and means', () => {
    const { logits, mean } = outputs(tf.tensor2d([[0, 100]]));
    expect(logits?.arraySync()).toEqual([[0, 100]]);
    expect(mean?.arraySync()).toEqual([[0.5, 1]]);
  });
});

describe('gaussian', () => {
  const { negativeLogLikelihood, outputs } = LIKELIHOODS.gaussian;

  test('is the log-density of a normal distribution with σ = 1', () => {
    const [value] = negativeLogLikelihood(
      tf.tensor2d([[1, 0]]),
      tf.tensor2d([[0.5, 2]]),
    ).arraySync();
    expect(value).toBeCloseTo(0.5 * (0.25 + 4) + Math.log(2 * Math.PI), 5);
  });

  test('gives the mean as it is', () => {
    const result = outputs(tf.tensor2d([[0.1]]));
    expect(Object.keys(result)).toEqual(['mean']);
  });
});
