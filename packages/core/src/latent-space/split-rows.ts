import { ArgumentError } from '../errors/index.ts';
import { createRandom } from '../random.ts';
import { type Tensor, tensor } from '../tensor.ts';

/** Which rows something is fitted on, and which it is judged by. */
export interface RowSplit {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}

/**
 * Splits n ≥ 2 rows at random; both parts have at least one.
 *
 * @param heldOut share of the rows to judge by, between 0 and 1
 * @param stream name of the stream of random numbers under the seed
 */
export function splitRows(n: number, heldOut: number, seed: number, stream: string): RowSplit {
  if (!(heldOut > 0 && heldOut < 1)) {
    throw new ArgumentError('heldOut', 'a share between 0 and 1', heldOut);
  }
  const order = createRandom(seed, stream).shuffle(Uint32Array.from({ length: n }, (_, i) => i));
  const held = Math.min(n - 1, Math.max(1, Math.round(heldOut * n)));
  return { test: order.subarray(0, held), train: order.subarray(held) };
}

/** Some rows of a matrix [n, size], in the order given. */
export function selectRows(
  { data, dims }: Tensor<'float32'>,
  rows: Uint32Array,
): Tensor<'float32'> {
  const size = dims[1] as number;
  const out = new Float32Array(rows.length * size);
  for (const [at, row] of rows.entries()) {
    out.set(data.subarray(row * size, (row + 1) * size), at * size);
  }
  return tensor(out, [rows.length, size]);
}
