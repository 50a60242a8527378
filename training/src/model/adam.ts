import * as tf from '@tensorflow/tfjs-core';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** The moving averages that Adam keeps for each weight, under these names in a checkpoint. */
export const ADAM_SLOTS = ['m', 'v'] as const;

/** The two numbers of an Adam step that change from step to step. */
export interface AdamRates {
  /** Step size with the bias corrections in it. */
  readonly rate: number;
  /** ε with the correction of the second moment in it. */
  readonly epsilon: number;
}

/**
 * Adam's bias corrections, moved from the moments into the step size and ε, which gives the same
 * weights with fewer operations (Kingma & Ba 2015, §2, last paragraph).
 *
 * @param step from 1
 */
export function adamRates(learningRate: number, step: number): AdamRates {
  const second = Math.sqrt(1 - BETA2 ** step);
  return { rate: (learningRate * second) / (1 - BETA1 ** step), epsilon: EPSILON * second };
}

export interface AdamState {
  readonly weight: tf.Tensor;
  readonly m: tf.Tensor;
  readonly v: tf.Tensor;
}

/** One step for one weight (Kingma & Ba 2015, algorithm 1), as a pure function of tensors. */
export function adamStep(
  { weight, m, v }: AdamState,
  gradient: tf.Tensor,
  { rate, epsilon }: { readonly rate: tf.Scalar; readonly epsilon: tf.Scalar },
): AdamState {
  const nextM = tf.add(tf.mul(m, BETA1), tf.mul(gradient, 1 - BETA1));
  const nextV = tf.add(tf.mul(v, BETA2), tf.mul(tf.square(gradient), 1 - BETA2));
  const change = tf.div(tf.mul(nextM, rate), tf.add(tf.sqrt(nextV), epsilon));
  return { weight: tf.sub(weight, change), m: nextM, v: nextV };
}
