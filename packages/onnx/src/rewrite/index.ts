export { constantInts, constantNumbers, scalarValue, uniformValue } from './constant-values.ts';
export type { GraphView } from './graph-view.ts';
export type { TensorType, TensorTypes } from './infer-types.ts';
export { isOp, isStandard, type OnnxNode } from './is-op.ts';
export type { Pass, PassContext } from './pass.ts';
export { sameShape, staticShape } from './shape-algebra.ts';
export { int64Tensor, type NumericTensor } from './tensor-values.ts';
