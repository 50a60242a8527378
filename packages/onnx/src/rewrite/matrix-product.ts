import type { Node } from '../ir.ts';
import type { TensorTypes } from './infer-types.ts';
import { isOp, type OnnxNode } from './is-op.ts';
import { isFloat } from './tensor-values.ts';

/** A Gemm, or a MatMul that could be one: a product of two float matrices. */
export function isMatrixProduct(node: Node | undefined, types: TensorTypes): node is OnnxNode {
  if (!isOp(node, 'MatMul', 'Gemm') || !isFloat(types.get(node.outputs[0]).dtype)) return false;
  return [0, 1].every((index) => types.get(node.inputs[index]).shape?.length === 2);
}
