import * as tf from '@tensorflow/tfjs-core';

/** Within these bounds exp(log σ²) and its square root are far from overflow in float32. */
export const LOG_VAR_RANGE = [-15, 15] as const;

/** q(z|x) = N(mean, diag(exp(logVar))), each [n, latentSize]. */
export interface GaussianPosterior {
  readonly mean: tf.Tensor2D;
  readonly logVar: tf.Tensor2D;
}

/**
 * Cuts log σ² off at {@link LOG_VAR_RANGE} and passes its gradient on as if it had not: the KL term
 * then pulls a value back into the range, where a plain cut would leave it with no gradient for ever.
 */
export function keepInRange(logVar: tf.Tensor2D): tf.Tensor2D {
  const [low, high] = LOG_VAR_RANGE;
  const cut = tf.customGrad((x) => ({
    value: tf.clipByValue(x as tf.Tensor, low, high),
    gradFunc: (upstream: tf.Tensor) => upstream,
  }));
  return cut(logVar) as tf.Tensor2D;
}

/** z = mean + exp(logVar / 2) · ε (Kingma & Welling 2014, §2.4); ε [n, latentSize]. */
export function reparameterise(
  { mean, logVar }: GaussianPosterior,
  noise: tf.Tensor2D,
): tf.Tensor2D {
  return tf.add(mean, tf.mul(tf.exp(tf.mul(logVar, 0.5)), noise));
}

/**
 * KL(N(μ, σ²) ‖ N(0, 1)) = −½ (1 + log σ² − μ² − σ²) of each dimension (Kingma & Welling 2014,
 * appendix B).
 *
 * @returns [n, latentSize], each ≥ 0 up to rounding
 */
export function gaussianKlByDimension({ mean, logVar }: GaussianPosterior): tf.Tensor2D {
  return tf.mul(tf.sub(tf.sub(tf.add(tf.square(mean), tf.exp(logVar)), logVar), 1), 0.5);
}
