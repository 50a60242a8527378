import * as tf from '@tensorflow/tfjs-core';

/** What a vector quantiser says of a batch of vectors. */
export interface Quantised {
  /** Nearest entry of each vector, [m], int32 */
  readonly indices: tf.Tensor1D;
  /** The same as rows of the identity, [m, codes] */
  readonly oneHot: tf.Tensor2D;
  /** The entries, [m, dim] */
  readonly vectors: tf.Tensor2D;
}

/**
 * Replaces each vector by the nearest entry of the codebook (van den Oord et al. 2017, eq. 1).
 *
 * |v − e|² = |v|² − 2 v·e + |e|², of which |v|² does not change the order. No gradient is defined
 * through the choice; see {@link straightThrough}.
 *
 * @param vectors [m, dim]
 * @param codebook [codes, dim]
 */
export function quantise(vectors: tf.Tensor2D, codebook: tf.Tensor2D): Quantised {
  const norms = tf.sum<tf.Tensor1D>(tf.square(codebook), 1);
  const products = tf.matMul(vectors, codebook, false, true);
  const indices = tf.argMin<tf.Tensor1D>(tf.sub(norms, tf.mul(products, 2)), 1);
  const oneHot = tf.oneHot(indices, codebook.shape[0], 1, 0, 'float32') as tf.Tensor2D;
  return { indices, oneHot, vectors: tf.matMul(oneHot, codebook) };
}

/** The entries going forward, the identity going back (van den Oord et al. 2017, §3.2). */
export function straightThrough(vectors: tf.Tensor2D, entries: tf.Tensor2D): tf.Tensor2D {
  const pass = tf.customGrad((_vectors) => ({
    value: tf.clone(entries),
    gradFunc: (upstream: tf.Tensor) => [upstream],
  }));
  return pass(vectors) as tf.Tensor2D;
}

/** Moving averages that define a codebook: entry = sum / count. */
export interface CodebookAverages {
  /** How often each entry was chosen, [codes] */
  readonly counts: tf.Tensor1D;
  /** Sum of the vectors that chose it, [codes, dim] */
  readonly sums: tf.Tensor2D;
}

/**
 * One step of the codebook's exponential moving averages, with Laplace smoothing of the counts so
 * that an entry that nobody chose keeps a finite value (van den Oord et al. 2017, appendix A.1).
 *
 * @returns the new averages, and the codebook [codes, dim] that they define
 */
export function updateCodebook(
  { counts, sums }: CodebookAverages,
  vectors: tf.Tensor2D,
  oneHot: tf.Tensor2D,
  { decay, smoothing }: { readonly decay: number; readonly smoothing: number },
): CodebookAverages & { readonly codebook: tf.Tensor2D } {
  const codes = counts.shape[0];
  const nextCounts: tf.Tensor1D = tf.add(
    tf.mul(counts, decay),
    tf.mul(tf.sum(oneHot, 0), 1 - decay),
  );
  const nextSums: tf.Tensor2D = tf.add(
    tf.mul(sums, decay),
    tf.mul(tf.matMul(oneHot, vectors, true, false), 1 - decay),
  );
  const total = tf.sum(nextCounts);
  const smoothed = tf.mul(
    tf.div(tf.add(nextCounts, smoothing), tf.add(total, codes * smoothing)),
    total,
  );
  const codebook: tf.Tensor2D = tf.div(nextSums, tf.expandDims(smoothed, 1));
  return { counts: nextCounts, sums: nextSums, codebook };
}
