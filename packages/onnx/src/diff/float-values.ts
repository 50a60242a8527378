import { Float16Array } from '@petamoriken/float16';
import { checkTensorForm } from '../form.ts';
import type { TensorData } from '../ir.ts';
import { tensorToArray } from '../tensor.ts';

/** The numbers of a tensor of float16, float32 or float64; undefined for other types, and for bytes in other files. */
export function floatValues(tensor: TensorData): Float32Array | Float64Array | undefined {
  checkTensorForm(tensor);
  const { dtype, external } = tensor;
  if (external || (dtype !== 'float16' && dtype !== 'float32' && dtype !== 'float64'))
    return undefined;
  const values = tensorToArray(tensor) as Float32Array | Float64Array | Uint16Array;
  return values instanceof Uint16Array
    ? Float32Array.from(new Float16Array(values.buffer as ArrayBuffer))
    : values;
}
