/**
 * Linear regression with an absolute-value penalty (Tibshirani 1996), minimising
 * 1/(2n) |y − Xw|² + λ |w|₁ by cyclic coordinate descent (Friedman et al. 2010, eq. 5).
 *
 * @param columns of X, each standardised to mean 0 and variance 1
 * @param target standardised likewise
 * @param penalty λ, from 0 (least squares) to 1 (all weights 0)
 */
export function lasso(
  columns: readonly Float64Array[],
  target: Float64Array,
  penalty: number,
): Float64Array {
  const weights = new Float64Array(columns.length);
  const residual = target.slice();
  const n = target.length;
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let largestChange = 0;
    for (const [j, column] of columns.entries()) {
      const before = weights[j] as number;
      let along = 0;
      let square = 0;
      for (let i = 0; i < n; i++) {
        const x = column[i] as number;
        along += x * (residual[i] as number);
        square += x * x;
      }
      // A column that never varies cannot explain anything.
      if (square === 0) continue;
      const pull = along / n + (before * square) / n;
      const after = (Math.sign(pull) * Math.max(0, Math.abs(pull) - penalty) * n) / square;
      const change = after - before;
      if (change === 0) continue;
      for (let i = 0; i < n; i++) (residual[i] as number) -= change * (column[i] as number);
      weights[j] = after;
      largestChange = Math.max(largestChange, Math.abs(change));
    }
    if (largestChange < TOLERANCE) break;
  }
  return weights;
}

const MOST_SWEEPS = 1000;
const TOLERANCE = 1e-6;

/** Shifted and scaled to mean 0 and variance 1; all 0 where the values do not vary. */
export function standardise(values: ArrayLike<number>): Float64Array {
  const n = values.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (values[i] as number) / n;
  let variance = 0;
  for (let i = 0; i < n; i++) variance += ((values[i] as number) - mean) ** 2 / n;
  const scale = variance > 1e-12 ? 1 / Math.sqrt(variance) : 0;
  return Float64Array.from({ length: n }, (_, i) => ((values[i] as number) - mean) * scale);
}
