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
  /** What `negativeLogLikelihood` measures, in words for a metric's protocol. */
  readonly protocol: string;
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
  protocol: 'cross-entropy on grey values in [0, 1], summed over pixels',
};

/** Squared error: −log N(x; mean, I) = ½ Σ (x − mean)², without its constant. */
const gaussian: Likelihood = {
  name: 'gaussian',
  negativeLogLikelihood: (x, mean) => tf.mul(tf.sum(tf.squaredDifference(x, mean), 1), 0.5),
  outputs: (mean) => ({ mean }),
  protocol:
    'half the squared error (Gaussian with σ = 1, without its constant), summed over pixels',
};

export const LIKELIHOODS: Readonly<Record<LikelihoodName, Likelihood>> = { bernoulli, gaussian };
