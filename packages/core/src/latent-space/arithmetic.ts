import { checkList } from '../errors/check.ts';
import { ArgumentError } from '../errors/index.ts';
import { checkFiniteRows } from '../latents/vectors.ts';
import { type Tensor, tensor } from '../tensor.ts';
import { firstNotFinite } from '../value-range.ts';

/**
 * The mean of the rows, [1, size].
 *
 * @param z [n, size], n ≥ 1
 * @throws ArgumentError for no rows; InputError for NaN or infinity
 */
export function meanLatent(z: Tensor<'float32'>): Tensor<'float32'> {
  checkFiniteRows('latents', z);
  const [n = 0, size = 0] = z.dims;
  if (n < 1) throw new ArgumentError('latents', 'at least one row', `${n} rows`);
  const sums = new Float64Array(size);
  for (let i = 0; i < n * size; i++) (sums[i % size] as number) += z.data[i] as number;
  return tensor(
    Float32Array.from(sums, (sum) => sum / n),
    [1, size],
  );
}

/**
 * Σ weight · latent, row by row: `[[1, king], [-1, man], [1, woman]]`. A latent of one row is taken for
 * every row of the others.
 *
 * @param terms weights, and latents [n, size] or [1, size] of one size
 * @returns [n, size]
 * @throws ArgumentError for no terms, latents that do not fit together, or a sum beyond float32; InputError for NaN or
 *   infinity
 */
export function combineLatents(
  terms: readonly (readonly [weight: number, z: Tensor<'float32'>])[],
): Tensor<'float32'> {
  checkList('terms', terms, 'an array of pairs [weight, latents]');
  for (const term of terms) checkTerm(term);
  const n = Math.max(...terms.map(([, z]) => z.dims[0] ?? 0));
  const size = terms[0]?.[1].dims[1];
  const misfit = terms.find(([, { dims }]) => dims[1] !== size || (dims[0] !== n && dims[0] !== 1));
  if (size === undefined || misfit) {
    throw new ArgumentError(
      'terms',
      'one or more latents of the same size, each of one row or of as many rows as the others',
      terms.map(([, { dims }]) => `[${dims.join(', ')}]`).join(', ') || 'none',
    );
  }
  const out = new Float32Array(n * size);
  for (const [weight, { data, dims }] of terms) {
    for (let i = 0; i < out.length; i++) {
      (out[i] as number) += weight * (data[dims[0] === 1 ? i % size : i] as number);
    }
  }
  const bad = firstNotFinite(out);
  if (bad >= 0) {
    throw new ArgumentError(
      'terms',
      'sums within float32',
      `${out[bad]} in row ${Math.floor(bad / size)}, dimension ${bad % size}`,
    );
  }
  return tensor(out, [n, size]);
}

function checkTerm(term: unknown): void {
  checkList('terms', term, 'pairs [weight, latents]');
  const [weight, z] = term as readonly [unknown, Tensor<'float32'>];
  if (!Number.isFinite(weight)) {
    throw new ArgumentError('terms', 'pairs whose weight is a finite number', weight);
  }
  checkFiniteRows('terms: latents', z);
}
