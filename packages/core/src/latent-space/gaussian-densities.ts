import { klsOf, normalLogDensities } from '../latents/densities.ts';
import { checkFiniteRows } from '../latents/vectors.ts';
import type { Tensor } from '../tensor.ts';

/**
 * KL(N(μ, σ²) ‖ N(0, I)) of each item, in nats: −½ Σ(1 + ln σ² − μ² − σ²), never negative
 * (Kingma & Welling 2014, appendix B).
 *
 * @param mean [n, size]
 * @param logVar [n, size]
 * @throws ArgumentError for what are no such tensors; InputError for NaN or infinity
 */
export function gaussianKl(mean: Tensor<'float32'>, logVar: Tensor<'float32'>): Float64Array {
  checkFiniteRows('mean', mean);
  const [n = 0, size = 0] = mean.dims;
  checkFiniteRows('logVar', logVar, { n, size });
  return klsOf(mean, logVar);
}

/**
 * ln N(z; 0, I) of each row of z, in nats: −½ (size · ln 2π + ‖z‖²).
 *
 * @param z [n, size]
 * @throws ArgumentError for what is no such tensor; InputError for NaN or infinity
 */
export function standardNormalLogDensity(z: Tensor<'float32'>): Float64Array {
  checkFiniteRows('latents', z);
  return normalLogDensities(z);
}
