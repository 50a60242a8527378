import { createRandom } from '../random.ts';
import { type Tensor, tensor } from '../tensor.ts';

/** The tensor with these rows. */
export const rows = (...values: number[][]): Tensor<'float32'> =>
  tensor(Float32Array.from(values.flat()), [values.length, values[0]?.length ?? 0]);

/** Draws from N(0, I), [n, size]. */
export const normal = (n: number, size: number, seed = 1): Tensor<'float32'> =>
  tensor(createRandom(seed).fillNormal(new Float32Array(n * size)), [n, size]);
