export {
  attr,
  attrBigInt,
  attrFloat,
  attrFloats,
  attrGraph,
  attrInt,
  attrInts,
  attrString,
  attrStrings,
  attrTensor,
} from './attributes.ts';
export { assertValidModel, type CheckOptions, checkModel } from './check/check-model.ts';
export { diffModels, type ModelChange, type ModelDiff } from './diff/diff-models.ts';
export { floatValues } from './diff/float-values.ts';
export { printDiff } from './diff/print-diff.ts';
export { byteLength, bytesPerElement, DTYPE_CODES, type DType, dtypeFromCode } from './dtype.ts';
export { OnnxError, type OnnxErrorCode } from './errors.ts';
export {
  type BuilderOptions,
  GraphBuilder,
  type NodeOptions,
  type TypedArray,
} from './graph-builder.ts';
export { type InferredTypes, inferShapes } from './infer/infer-shapes.ts';
export type {
  Attribute,
  AttributeValue,
  Dim,
  ExternalLocation,
  Graph,
  Model,
  Node,
  TensorData,
  ValueInfo,
  ValueType,
} from './ir.ts';
export { type OptimizeOptions, optimize } from './optimize.ts';
export { PASSES } from './passes/registry.ts';
export { printModel, printShape, printType } from './print/print-model.ts';
export { type Problem, printProblem, RULES, type Rule } from './problem.ts';
export type { Pass, PassContext } from './rewrite/pass.ts';
export {
  type ArrayByDType,
  elementCount,
  type TensorValues,
  tensorFromArray,
  tensorToArray,
  tensorToBigInts,
} from './tensor.ts';
export {
  FLOAT16_BLOCK_LIST,
  type Float16Options,
  type InitializerReport,
  type Int8Options,
  type KeptNode,
  type MakeVariant,
  type MeasuredVariant,
  toFloat16,
  toInt8,
  type VariantReport,
  type WithinErrorOptions,
  withinError,
} from './variants/index.ts';
export { allTensors, attributeGraphs, subgraphs } from './walk.ts';
export { checkExternalLocation } from './wire/external-location.ts';
export { type ReadOptions, readModel } from './wire/read-model.ts';
export { readTensor, writeTensor } from './wire/tensor-file.ts';
export { writeModel } from './wire/write-model.ts';
