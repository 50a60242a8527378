import type { Tensor } from '@latentkit/core';

/** A latent with more variance of its posterior mean than this over the items is in use (Burda et al. 2016, §5). */
export const ACTIVE_VARIANCE = 0.01;

/**
 * Fewer items than this tell nothing of variances: of one it is 0 whatever the model, and of ten a dimension of ten times
 * {@link ACTIVE_VARIANCE} falls below that less than once in a thousand (χ² of 9 degrees of freedom below 1).
 */
export const LEAST_ITEMS = 10;

/** Rows of the same width, one after the other, as batches bring them. */
export class Rows {
  readonly data: Float32Array;
  readonly width: number;
  #filled = 0;

  constructor(count: number, width: number) {
    this.data = new Float32Array(count * width);
    this.width = width;
  }

  add({ data }: Tensor<'float32'>): void {
    this.data.set(data, this.#filled);
    this.#filled += data.length;
  }

  get count(): number {
    return this.data.length / this.width;
  }

  /** The first so many rows, without a copy. */
  first(count: number): RowsView {
    return { data: this.data.subarray(0, count * this.width), width: this.width, count };
  }
}

/** [count × width] */
export type RowsView = Pick<Rows, 'data' | 'width' | 'count'>;

/** The variance of each column over the rows, dividing by their number. */
export function columnVariances({ data, width, count }: RowsView): Float64Array {
  const means = columnMeans({ data, width, count });
  const variances = new Float64Array(width);
  for (let i = 0; i < data.length; i++) {
    const column = i % width;
    const deviation = (data[i] as number) - (means[column] as number);
    (variances[column] as number) += (deviation * deviation) / count;
  }
  return variances;
}

export function columnMeans({ data, width, count }: RowsView): Float64Array {
  const means = new Float64Array(width);
  for (let i = 0; i < data.length; i++) (means[i % width] as number) += (data[i] as number) / count;
  return means;
}

/** KL(N(μ, σ²) ‖ N(0, 1)) of each dimension, averaged over the items, in nats. */
export function klByDimension(mean: RowsView, logVar: RowsView): Float64Array {
  const kl = new Float64Array(mean.width);
  for (let i = 0; i < mean.data.length; i++) {
    const mu = mean.data[i] as number;
    const lv = logVar.data[i] as number;
    (kl[i % mean.width] as number) += (0.5 * (mu * mu + Math.expm1(lv) - lv)) / mean.count;
  }
  return kl;
}
