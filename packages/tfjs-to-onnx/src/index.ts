export { ExportError, type ExportErrorCode, type ExportErrorDetails } from './error.ts';
export type { ExportSource, GraphModelLike, TensorFunction, TensorResult } from './source.ts';
export { type ExportReport, type ExportResult, type ToOnnxOptions, toOnnx } from './to-onnx.ts';
export type { InputSpec, InputSpecs } from './trace/inputs.ts';
export { type TracedFunction, type TraceFunctionOptions, traceFunction } from './trace-function.ts';
