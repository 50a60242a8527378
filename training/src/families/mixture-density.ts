import * as tf from '@tensorflow/tfjs-core';
import { stopGradient } from './bounds.ts';
import type { GaussianPosterior } from './gaussian-posterior.ts';

/**
 * ln p(z) of rows under a mixture in equal parts of diagonal Gaussians, ln 1/K Σ_k N(z; μ_k, σ_k²): a VampPrior, where
 * these are the posteriors of pseudo-inputs (Tomczak & Welling 2018, eq. 9).
 *
 * The squares are multiplied out, so that two products of matrices take the place of [n, K, size] differences. What
 * float32 loses by that is a ten-millionth of Σ z²/σ², about a thousandth of a nat; latents are taken from the middle of
 * the means first, since nothing holds those of such a prior to 0.
 *
 * @param components a row for each, [K, size]
 * @returns of latents [n, size], [n]
 */
export function mixtureLogDensity(components: GaussianPosterior): (z: tf.Tensor2D) => tf.Tensor1D {
  const [count, size] = components.mean.shape;
  const middle = stopGradient(tf.mean<tf.Tensor2D>(components.mean, 0, true));
  const mean = tf.sub(components.mean, middle);
  const precision = tf.exp(tf.neg(components.logVar));
  const weighted = tf.mul(mean, precision);
  // Of each component, less the half: what does not depend on z.
  const constant = tf.add(
    tf.sum(tf.add(tf.mul(mean, weighted), components.logVar), 1),
    size * Math.log(2 * Math.PI) + 2 * Math.log(count),
  );
  return (z) => {
    const centred: tf.Tensor2D = tf.sub(z, middle);
    const squares = tf.matMul(tf.square(centred), precision, false, true);
    const products = tf.matMul(centred, weighted as tf.Tensor2D, false, true);
    const distances = tf.add(tf.sub(squares, tf.mul(products, 2)), constant);
    return tf.logSumExp<tf.Tensor1D>(tf.mul(distances, -0.5), 1);
  };
}
