import type { Tensor } from '../tensor.ts';

export interface Moments {
  /** [size] */
  readonly mean: Float64Array;
  /** Σ w (z − mean)(z − mean)ᵀ / Σ w, [size, size] */
  readonly covariance: Float64Array;
}

/**
 * The mean and the covariance of the rows of `z`.
 *
 * @param z [n, size]
 * @param weights how much each row counts, [n]; all alike by default
 */
export function momentsOf(z: Tensor<'float32'>, weights?: ArrayLike<number>): Moments {
  const [n = 0, size = 0] = z.dims;
  const { data } = z;
  const mean = new Float64Array(size);
  let total = 0;
  for (let row = 0; row < n; row++) {
    const weight = weights ? (weights[row] as number) : 1;
    // Of many components most have no share in a row.
    if (weight === 0) continue;
    total += weight;
    for (let i = 0; i < size; i++) (mean[i] as number) += weight * (data[row * size + i] as number);
  }
  for (let i = 0; i < size; i++) (mean[i] as number) /= total;
  const covariance = new Float64Array(size * size);
  const centred = new Float64Array(size);
  for (let row = 0; row < n; row++) {
    const weight = (weights ? (weights[row] as number) : 1) / total;
    if (weight === 0) continue;
    for (let i = 0; i < size; i++)
      centred[i] = (data[row * size + i] as number) - (mean[i] as number);
    for (let i = 0; i < size; i++) {
      const scaled = weight * (centred[i] as number);
      for (let j = 0; j <= i; j++) {
        (covariance[i * size + j] as number) += scaled * (centred[j] as number);
      }
    }
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) covariance[j * size + i] = covariance[i * size + j] as number;
  }
  return { mean, covariance };
}
