import type { Codes } from '../model/decoder.ts';
import type { Tensor } from '../tensor.ts';
import type { Latent } from './latent.ts';

/**
 * KL(N(μ, σ²) ‖ N(0, I)) of each item, in nats: −½ Σ(1 + ln σ² − μ² − σ²), never negative
 * (Kingma & Welling 2014, appendix B).
 *
 * @param mean [n, size]
 * @param logVar [n, size]
 */
export function gaussianKl(mean: Tensor<'float32'>, logVar: Tensor<'float32'>): Float64Array {
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
 * One draw from a latent's posterior for the decoder, and the KL of each item in nats: exact for
 * Gaussians, summed over the levels of a ladder, ln q(z|x) − ln p(z) of the draw for a flow, and 0
 * where there is no distribution.
 */
export function drawWithKl(
  latent: Latent,
  options: { readonly seed: number; readonly temperature?: number | undefined },
): { readonly z: Tensor<'float32'> | Codes; readonly kl: Float64Array } {
  switch (latent.kind) {
    case 'gaussian':
      return { z: latent.sample(options), kl: gaussianKl(latent.mean, latent.logVar) };
    case 'ladder':
      return { z: latent.z, kl: rowSums(latent.kl) };
    case 'flow': {
      const logP = standardNormalLogDensity(latent.z);
      return { z: latent.z, kl: logP.map((value, i) => (latent.logQ.data[i] as number) - value) };
    }
    case 'point':
      return { z: latent.z, kl: new Float64Array(latent.z.dims[0] ?? 0) };
    case 'codes':
      return { z: latent.indices, kl: new Float64Array(latent.indices.dims[0] ?? 0) };
  }
}

function rowSums({ data, dims }: Tensor<'float32'>): Float64Array {
  const [n = 0, width = 0] = dims;
  return Float64Array.from({ length: n }, (_, row) =>
    data.subarray(row * width, (row + 1) * width).reduce((sum, value) => sum + value, 0),
  );
}

/** ln N(z; 0, I) of each row. */
export function standardNormalLogDensity({ data, dims }: Tensor<'float32'>): Float64Array {
  const [n = 0, size = 0] = dims;
  const constant = -0.5 * size * Math.log(2 * Math.PI);
  return Float64Array.from(
    { length: n },
    (_, row) =>
      constant -
      0.5 *
        data.subarray(row * size, (row + 1) * size).reduce((sum, value) => sum + value * value, 0),
  );
}
