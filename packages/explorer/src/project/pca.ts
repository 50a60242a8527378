import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Rows in two dimensions. */
export interface Pca {
  /** [n × 2] */
  readonly points: Float32Array;
  /** Share of the variance that each of the two axes has. */
  readonly explained: readonly [number, number];
}

/**
 * Principal components: the two axes along which rows vary most (Pearson 1901). Each axis points to where its
 * largest loading is positive, so that the same rows give the same picture.
 *
 * @param vectors [n × size]
 */
export function pca(vectors: Float32Array, size: number): Pca {
  const n = vectors.length / size;
  const mean = new Float64Array(size);
  for (let i = 0; i < vectors.length; i++) {
    (mean[i % size] as number) += (vectors[i] as number) / n;
  }
  const covariance = new Matrix(size, size);
  const centred = new Float64Array(size);
  for (let row = 0; row < n; row++) {
    for (let i = 0; i < size; i++) {
      centred[i] = (vectors[row * size + i] as number) - (mean[i] as number);
    }
    for (let i = 0; i < size; i++) {
      const scaled = (centred[i] as number) / n;
      for (let j = 0; j <= i; j++) {
        covariance.set(i, j, covariance.get(i, j) + scaled * (centred[j] as number));
      }
    }
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) covariance.set(j, i, covariance.get(i, j));
  }
  const found = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const total = Math.max(covariance.trace(), Number.MIN_VALUE);
  // Eigenvalues come in ascending order.
  const axes = [1, 2].map((last) => {
    if (last > size) return new Float64Array(size);
    const axis = Float64Array.from(found.eigenvectorMatrix.getColumn(size - last));
    const largest = axis.reduce((best, x) => (Math.abs(x) > Math.abs(best) ? x : best), 0);
    return largest < 0 ? axis.map((x) => -x) : axis;
  });
  const points = new Float32Array(2 * n);
  for (let row = 0; row < n; row++) {
    for (const [a, axis] of axes.entries()) {
      let sum = 0;
      for (let i = 0; i < size; i++) {
        sum += (axis[i] as number) * ((vectors[row * size + i] as number) - (mean[i] as number));
      }
      points[2 * row + a] = sum;
    }
  }
  const share = (last: number) =>
    last > size ? 0 : Math.max(0, found.realEigenvalues[size - last] as number) / total;
  return { points, explained: [share(1), share(2)] };
}
