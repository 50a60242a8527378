export { ExportError, type ExportErrorCode, type ExportErrorDetails } from './error.ts';
export type { ExportSource, GraphModelLike, TensorFunction, TensorResult } from './source.ts';
export { type ExportReport, type ExportResult, type ToOnnxOptions, toOnnx } from './to-onnx.ts';
export type { InputSpec, InputSpecs } from './trace/inputs.ts';
export { type TracedFunction, type TraceFunctionOptions, traceFunction } from './trace-function.ts';
export { DEFAULT_TOLERANCE, type Difference, type Tolerance } from './verify/compare.ts';
export type { Runtime, RuntimeSession, RuntimeTensor } from './verify/runtime.ts';
export type { OutputReport, VerificationReport, VerifyOptions } from './verify/verify.ts';
