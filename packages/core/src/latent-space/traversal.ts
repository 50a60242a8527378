import { checkInteger, checkList, checkOptions } from '../errors/check.ts';
import { ArgumentError } from '../errors/index.ts';
import { checkFiniteRows } from '../latents/vectors.ts';
import { checkLength, type Tensor, tensor } from '../tensor.ts';
import { MAX_FLOAT32 } from '../value-range.ts';

/**
 * KL of each dimension of diagonal Gaussians from N(0, 1), the mean over the rows, in nats, [size]: how much a
 * dimension says of its item (Higgins et al. 2017, §4).
 *
 * @param mean, logVar [n, size]
 * @throws ArgumentError for what are no such tensors; InputError for NaN or infinity
 */
export function dimensionKl(mean: Tensor<'float32'>, logVar: Tensor<'float32'>): Float64Array {
  checkFiniteRows('mean', mean);
  const [n = 0, size = 0] = mean.dims;
  checkFiniteRows('logVar', logVar, { n, size });
  const kl = new Float64Array(size);
  for (let i = 0; i < n * size; i++) {
    const [mu, log] = [mean.data[i] as number, logVar.data[i] as number];
    (kl[i % size] as number) += (0.5 * (mu * mu + Math.exp(log) - 1 - log)) / n;
  }
  return kl;
}

/**
 * Copies of one latent in which one dimension at a time takes other values.
 *
 * @param z [1, size]
 * @param options.dimensions which, in what order
 * @param options.range the values go from −range to range, in equal steps
 * @returns [dimensions · steps, size]
 * @throws ArgumentError for a dimension outside the latent, fewer than two steps, or a range that is none or beyond
 *   float32; InputError for NaN or infinity
 */
export function traverseLatent(
  z: Tensor<'float32'>,
  options: {
    readonly dimensions: readonly number[];
    readonly steps: number;
    readonly range: number;
  },
): Tensor<'float32'> {
  checkFiniteRows('latents', z);
  checkOptions(options, '{ dimensions: [0], steps: 9, range: 3 }');
  const { dimensions, steps, range } = options;
  checkList('dimensions', dimensions);
  const [n = 0, size = 0] = z.dims;
  if (n !== 1) throw new ArgumentError('latents', 'one row', `${n} rows`);
  checkLength('steps', steps, 2, dimensions.length * size);
  if (!(range > 0 && range <= MAX_FLOAT32)) {
    throw new ArgumentError('range', 'a float32 above 0', range);
  }
  for (const dimension of dimensions) checkInteger('dimension', dimension, 0, size - 1);
  const out = new Float32Array(dimensions.length * steps * size);
  for (const [row, dimension] of dimensions.entries()) {
    for (let step = 0; step < steps; step++) {
      const at = (row * steps + step) * size;
      out.set(z.data, at);
      out[at + dimension] = range * ((2 * step) / (steps - 1) - 1);
    }
  }
  return tensor(out, [dimensions.length * steps, size]);
}
