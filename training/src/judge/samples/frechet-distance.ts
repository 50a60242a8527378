import { ArgumentError } from '@latentkit/core';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { RowsView } from '../latents/latent-statistics.ts';
import { columnMeans } from '../latents/latent-statistics.ts';

/** A Gaussian by its first two moments. */
export interface Moments {
  readonly mean: Float64Array;
  readonly covariance: Matrix;
}

/**
 * Mean and covariance of rows, dividing by their number less one.
 *
 * @throws ArgumentError for fewer than two rows
 */
export function momentsOf({ data, width, count }: RowsView): Moments {
  if (count < 2) throw new ArgumentError('rows', 'at least 2', count);
  const mean = columnMeans({ data, width, count });
  const sums = new Float64Array(width * width);
  const deviation = new Float64Array(width);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < width; i++) {
      deviation[i] = (data[row * width + i] as number) - (mean[i] as number);
    }
    for (let i = 0; i < width; i++) {
      const di = deviation[i] as number;
      for (let j = 0; j <= i; j++) (sums[i * width + j] as number) += di * (deviation[j] as number);
    }
  }
  const covariance = new Matrix(width, width);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      const value = (sums[i * width + j] as number) / (count - 1);
      covariance.set(i, j, value);
      covariance.set(j, i, value);
    }
  }
  return { mean, covariance };
}

/**
 * The squared Fréchet distance of two Gaussians, |μ₁ − μ₂|² + tr(C₁ + C₂ − 2 (C₁ C₂)^½)
 * (Dowson & Landau 1982; Heusel et al. 2017, eq. 6). The trace of the root is that of
 * (C₁^½ C₂ C₁^½)^½, which is symmetric: no complex numbers, singular covariances included.
 *
 * @throws ArgumentError for two widths
 */
export function frechetDistance(a: Moments, b: Moments): number {
  if (a.mean.length !== b.mean.length) {
    throw new ArgumentError('widths', 'two of the same', `${a.mean.length} and ${b.mean.length}`);
  }
  const distance = a.mean.reduce((sum, mean, i) => sum + (mean - (b.mean[i] as number)) ** 2, 0);
  const root = squareRoot(a.covariance);
  const product = root.mmul(b.covariance).mmul(root);
  const crossTrace = eigenOf(product).realEigenvalues.reduce(
    (sum, value) => sum + Math.sqrt(Math.max(0, value)),
    0,
  );
  // Rounding may leave a little less than nothing.
  return Math.max(0, distance + a.covariance.trace() + b.covariance.trace() - 2 * crossTrace);
}

/** The symmetric square root of a symmetric positive semi-definite matrix. */
function squareRoot(matrix: Matrix): Matrix {
  const { eigenvectorMatrix, realEigenvalues } = eigenOf(matrix);
  const roots = Matrix.diag(realEigenvalues.map((value) => Math.sqrt(Math.max(0, value))));
  return eigenvectorMatrix.mmul(roots).mmul(eigenvectorMatrix.transpose());
}

function eigenOf(matrix: Matrix): EigenvalueDecomposition {
  return new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
}
