/**
 * The lower Cholesky factor L of a symmetric positive definite matrix A = L Lᵀ, row by row, [size, size].
 * A pivot that rounding has made smaller than 10⁻¹² of the largest entry of the diagonal is taken as that.
 */
export function cholesky(matrix: Float64Array, size: number): Float64Array {
  let largest = 0;
  for (let i = 0; i < matrix.length; i += size + 1) {
    largest = Math.max(largest, matrix[i] as number);
  }
  // Of a matrix of zeros any will do.
  const floor = 1e-12 * (largest || 1);
  const lower = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * size + column] as number;
      for (let k = 0; k < column; k++) {
        sum -= (lower[row * size + k] as number) * (lower[column * size + k] as number);
      }
      lower[row * size + column] =
        row === column
          ? Math.sqrt(Math.max(sum, floor))
          : sum / (lower[column * size + column] as number);
    }
  }
  return lower;
}

/** y with L y = x, for a lower triangular L; written over x. */
export function forwardSubstitute(lower: Float64Array, size: number, x: Float64Array): void {
  for (let row = 0; row < size; row++) {
    let sum = x[row] as number;
    for (let k = 0; k < row; k++) sum -= (lower[row * size + k] as number) * (x[k] as number);
    x[row] = sum / (lower[row * size + row] as number);
  }
}

/** The solution x of A x = b for a symmetric positive definite A, [size, size]. */
export function solve(matrix: Float64Array, size: number, b: Float64Array): Float64Array {
  const lower = cholesky(matrix, size);
  const x = b.slice();
  forwardSubstitute(lower, size, x);
  for (let row = size - 1; row >= 0; row--) {
    let sum = x[row] as number;
    for (let k = row + 1; k < size; k++)
      sum -= (lower[k * size + row] as number) * (x[k] as number);
    x[row] = sum / (lower[row * size + row] as number);
  }
  return x;
}

/** A x for a symmetric A, [size, size]. */
export function multiply(matrix: Float64Array, size: number, x: Float64Array): Float64Array {
  return Float64Array.from({ length: size }, (_, row) =>
    dot(matrix.subarray(row * size, (row + 1) * size), x),
  );
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
