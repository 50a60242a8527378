import type { Tensor } from '../tensor.ts';

/** `gaussianKl` of what has been checked. */
export function klsOf(mean: Tensor<'float32'>, logVar: Tensor<'float32'>): Float64Array {
  const [n = 0, size = 0] = mean.dims;
  const kl = new Float64Array(n);
  for (let i = 0; i < n * size; i++) {
    const mu = mean.data[i] as number;
    const lv = logVar.data[i] as number;
    // expm1(lv) − lv ≥ 0 keeps its digits where lv is close to 0.
    (kl[Math.floor(i / size)] as number) += 0.5 * (mu * mu + Math.expm1(lv) - lv);
  }
  return kl;
}

/**
 * ln N(z; μ, σ²) − ln N(z; 0, I) of each row of z, [n, size]: ½ Σ(z² − ln σ² − (z − μ)²/σ²); the constants cancel.
 */
export function gaussianLogRatio(
  z: Tensor<'float32'>,
  mean: Tensor<'float32'>,
  logVar: Tensor<'float32'>,
): Float64Array {
  const [n = 0, size = 0] = z.dims;
  const ratio = new Float64Array(n);
  for (let i = 0; i < n * size; i++) {
    const value = z.data[i] as number;
    const lv = logVar.data[i] as number;
    const square = (value - (mean.data[i] as number)) ** 2 * Math.exp(-lv);
    (ratio[Math.floor(i / size)] as number) += 0.5 * (value * value - lv - square);
  }
  return ratio;
}

/** `standardNormalLogDensity` of what has been checked. */
export function normalLogDensities(z: Tensor<'float32'>): Float64Array {
  const [, size = 0] = z.dims;
  const constant = size * Math.log(2 * Math.PI);
  return rowSums(z, (value) => value * value).map((square) => -0.5 * (constant + square));
}

/** The sum of each row of [n, width], in double precision. */
export function rowSums(
  { data, dims }: Tensor<'float32'>,
  term: (value: number) => number = (value) => value,
): Float64Array {
  const [n = 0, width = 0] = dims;
  const sums = new Float64Array(n);
  for (let i = 0; i < n * width; i++) {
    (sums[Math.floor(i / width)] as number) += term(data[i] as number);
  }
  return sums;
}
