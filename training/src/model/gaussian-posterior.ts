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
 * KL(q ‖ N(0, I)) = −½ Σ (1 + log σ² − μ² − σ²) for each item (Kingma & Welling 2014, appendix B).
 *
 * @returns [n], each ≥ 0 up to rounding
 */
export function gaussianKl({ mean, logVar }: GaussianPosterior): tf.Tensor1D {
  const inner = tf.sub(tf.sub(tf.add(logVar, 1), tf.square(mean)), tf.exp(logVar));
  return tf.mul(tf.sum(inner, 1), -0.5);
}
