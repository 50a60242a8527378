import * as tf from '@tensorflow/tfjs-core';
import type { LikelihoodName } from '../config.ts';

/** p(x|z), given the decoder's output. */
export interface Likelihood {
  readonly name: LikelihoodName;
  /**
   * −log p(x|z) for each item, summed over its elements, in nats.
   *
   * @param x [n, itemSize]
   * @param parameter the decoder's output, [n, itemSize]
   * @returns [n]
   */
  negativeLogLikelihood(x: tf.Tensor2D, parameter: tf.Tensor2D): tf.Tensor1D;
  /** The decoder's output as named graph outputs; `mean` is the expectation of x, in data space. */
  outputs(parameter: tf.Tensor2D): Readonly<Record<string, tf.Tensor2D>>;
}

/**
 * Cross-entropy from logits l: softplus(l) − x·l, which is −x log σ(l) − (1 − x) log(1 − σ(l))
 * without a logarithm of anything that may be 0. On grey values in [0, 1] it is a loss, not the
 * likelihood of a distribution over them.
 */
const bernoulli: Likelihood = {
  name: 'bernoulli',
  negativeLogLikelihood: (x, logits) => tf.sum(tf.sub(tf.softplus(logits), tf.mul(x, logits)), 1),
  outputs: (logits) => ({ logits, mean: tf.sigmoid(logits) }),
};

/** −log N(x; mean, I) = ½ Σ ((x − mean)² + log 2π): the squared error, and a constant. */
const gaussian: Likelihood = {
  name: 'gaussian',
  negativeLogLikelihood: (x, mean) =>
    tf.mul(tf.sum(tf.add(tf.squaredDifference(x, mean), Math.log(2 * Math.PI)), 1), 0.5),
  outputs: (mean) => ({ mean }),
};

export const LIKELIHOODS: Readonly<Record<LikelihoodName, Likelihood>> = { bernoulli, gaussian };
