import { bytesPerElement } from '../../dtype.ts';
import { OnnxError } from '../../errors.ts';
import type { TensorData } from '../../ir.ts';
import { permute } from '../../rewrite/permutation.ts';
import { offsets, stridesOf } from '../evaluate/strides.ts';

/** What Transpose gives for a constant of any dtype but string. */
export function permuteTensor(
  tensor: Omit<TensorData, 'name'>,
  perm: readonly number[],
): Omit<TensorData, 'name'> {
  const width = bytesPerElement(tensor.dtype);
  if (width === undefined) {
    throw new OnnxError('unsupported', 'A tensor of strings cannot be permuted by its bytes.');
  }
  const dims = permute(tensor.dims, perm);
  const sources = offsets(dims, permute(stridesOf(tensor.dims), perm));
  const raw = new Uint8Array(tensor.raw.length);
  sources.forEach((source, i) => {
    for (let byte = 0; byte < width; byte++) {
      raw[i * width + byte] = tensor.raw[source * width + byte] as number;
    }
  });
  return { dtype: tensor.dtype, dims, raw };
}
