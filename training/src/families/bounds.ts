import * as tf from '@tensorflow/tfjs-core';

/** How the KL term enters the loss. */
export interface KlTerm {
  /**
   * Nats that each latent dimension may carry for free, averaged over the batch (Kingma et al. 2016,
   * appendix C.8); 0 for none.
   */
  readonly freeBits: number;
  /** Pull the KL to a capacity instead of to 0: β |KL − C| (Burgess et al. 2018, eq. 8). */
  readonly towardsCapacity: boolean;
}

/**
 * The KL term of the loss from the KL of each dimension.
 *
 * @param klByDimension [n, size], each ≥ 0
 */
export function klTerm(
  klByDimension: tf.Tensor2D,
  { freeBits, towardsCapacity }: KlTerm,
  { beta, capacity }: { readonly beta: tf.Scalar; readonly capacity: tf.Scalar },
): tf.Scalar {
  const mean = tf.mean(klByDimension, 0);
  const kl = tf.sum<tf.Scalar>(freeBits > 0 ? tf.maximum(mean, freeBits) : mean);
  return tf.mul(beta, towardsCapacity ? tf.abs(tf.sub(kl, capacity)) : kl);
}

/**
 * The importance-weighted bound: ln (1/k Σ exp wᵢ) of each item (Burda et al. 2016, eq. 8). The
 * weights stay in log space, so that no exponential overflows; the largest is taken out first.
 *
 * @param logWeights [n, k]
 * @returns [n]
 */
export function importanceWeightedBound(logWeights: tf.Tensor2D): tf.Tensor1D {
  const samples = logWeights.shape[1];
  return tf.sub(tf.logSumExp<tf.Tensor1D>(logWeights, 1), Math.log(samples));
}

/** ln N(z; 0, I) of each row, [n]. */
export function standardNormalLogDensity(z: tf.Tensor2D): tf.Tensor1D {
  const constant = 0.5 * (z.shape[1] as number) * Math.log(2 * Math.PI);
  return tf.sub(tf.mul(tf.sum<tf.Tensor1D>(tf.square(z), 1), -0.5), constant);
}

/** ln N(z; mean, diag(exp(logVar))) of each row, [n]. */
export function gaussianLogDensity(
  z: tf.Tensor2D,
  { mean, logVar }: { readonly mean: tf.Tensor2D; readonly logVar: tf.Tensor2D },
): tf.Tensor1D {
  const scaled = tf.mul(tf.sub(z, mean), tf.exp(tf.mul(logVar, -0.5)));
  return tf.sub(
    standardNormalLogDensity(scaled as tf.Tensor2D),
    tf.mul(tf.sum<tf.Tensor1D>(logVar, 1), 0.5),
  );
}

/** Passes the value on, and the gradient back times a factor for each row, [n, 1], which gets none itself. */
export function scaleGradient(rows: tf.Tensor2D, factors: tf.Tensor2D): tf.Tensor2D {
  const scale = tf.customGrad((x, save) => {
    (save as tf.GradSaveFunc)([factors]);
    return {
      value: tf.clone(x as tf.Tensor),
      gradFunc: (upstream: tf.Tensor, saved: tf.Tensor[]) =>
        tf.mul(upstream, saved[0] as tf.Tensor),
    };
  });
  return scale(rows) as tf.Tensor2D;
}

/** Passes the value on and no gradient back: tfjs has no such operation of its own. */
export function stopGradient<T extends tf.Tensor>(value: T): T {
  const stop = tf.customGrad((x) => ({
    value: tf.clone(x as tf.Tensor),
    gradFunc: (upstream: tf.Tensor) => tf.zerosLike(upstream),
  }));
  return stop(value) as T;
}
