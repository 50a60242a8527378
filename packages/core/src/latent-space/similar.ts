import { checkNumber, checkOptions } from '../errors/check.ts';
import { checkFiniteRows } from '../latents/vectors.ts';
import { createRandom } from '../random.ts';
import { checkLength, type Tensor, tensor } from '../tensor.ts';

export interface SimilarOptions {
  /** Draws of each row. */
  readonly count: number;
  /** Share of the variance that is drawn anew, from 0 (the row itself) to 1 (the prior). */
  readonly strength: number;
  readonly seed: number;
}

/**
 * Latents that resemble others: √(1 − s) · z + √s · ε with ε ~ N(0, I). A latent of the prior stays one of
 * the prior at every strength s, where a straight mix (1 − s) · z + s · ε shrinks its norm.
 *
 * @param z [n, size]
 * @returns [n · count, size], the draws of a row one after the other
 * @throws ArgumentError for a count or strength outside its domain; InputError for NaN or infinity
 */
export function similarLatents(z: Tensor<'float32'>, options: SimilarOptions): Tensor<'float32'> {
  checkFiniteRows('latents', z);
  checkOptions(options, '{ count: 4, strength: 0.2, seed: 1 }');
  const { count, strength, seed } = options;
  checkNumber('strength', strength, 1);
  const [n = 0, size = 0] = z.dims;
  checkLength('count', count, 1, n * size);
  const kept = Math.sqrt(1 - strength);
  const out = createRandom(seed, 'similar').fillNormal(
    new Float32Array(n * count * size),
    Math.sqrt(strength),
  );
  for (let row = 0; row < n * count; row++) {
    const from = Math.floor(row / count) * size;
    for (let i = 0; i < size; i++) {
      out[row * size + i] = kept * (z.data[from + i] as number) + (out[row * size + i] as number);
    }
  }
  return tensor(out, [n * count, size]);
}
