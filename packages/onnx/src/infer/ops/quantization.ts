import type { DType } from '../../dtype.ts';
import { type Family, type Inference, type Op, tensor } from '../op/op.ts';
import { attrDType } from './elementwise.ts';

const quantize: Inference = (op) => {
  const dtype = op.dtype(2) ?? attrDType(op, 'output_dtype') ?? (op.has(2) ? undefined : 'uint8');
  return [tensor(dtype, op.shape(0))];
};

/** Up to version 18 the result is float32, whatever the scale's type. */
function dequantizedType(op: Op): DType | undefined {
  return attrDType(op, 'output_dtype') ?? (op.opset < 19 ? 'float32' : op.dtype(1));
}

const dynamicQuantize: Inference = (op) => [
  tensor('uint8', op.shape(0)),
  tensor('float32', []),
  tensor('uint8', []),
];

export const quantization: Family = {
  QuantizeLinear: quantize,
  DequantizeLinear: (op) => [tensor(dequantizedType(op), op.shape(0))],
  DynamicQuantizeLinear: dynamicQuantize,
};
