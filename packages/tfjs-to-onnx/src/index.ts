export { ExportError, type ExportErrorCode, type ExportErrorDetails } from './error.ts';
export type { GraphModelLike } from './source/graph-model.ts';
export { fromKeras3 } from './source/keras3.ts';
export type { TensorFunction, TensorResult } from './source/normal-source.ts';
export type { ExportSource } from './source/source.ts';
export { type ExportReport, type ExportResult, type ToOnnxOptions, toOnnx } from './to-onnx.ts';
export type { PassedOver } from './trace/backend.ts';
export type { InputSpec, InputSpecs } from './trace/inputs.ts';
export { type TracedFunction, type TraceFunctionOptions, traceFunction } from './trace-function.ts';
export type { Thoroughness } from './verify/cases.ts';
export { DEFAULT_TOLERANCE, type Difference, type Tolerance } from './verify/compare.ts';
export type { Runtime, RuntimeSession, RuntimeTensor } from './verify/runtime.ts';
export type {
  OutputReport,
  RoundingNote,
  VerificationReport,
  VerifyOptions,
} from './verify/verify.ts';
