/**
 * What went wrong, for programs:
 * - `malformed`: the bytes are no ONNX model (truncated, not protobuf, contradictory);
 * - `unsupported`: valid ONNX that this library does not hold, or only with an option;
 * - `duplicate`: two entries under one name where ONNX demands one;
 * - `limit`: larger or deeper than this library is willing to read;
 * - `invalid-argument`: a caller's mistake;
 * - `invalid-model`: a model that breaks ONNX's rules;
 * - `external-data`: a file beside the model is missing, too short, or outside the folder;
 * - `io`: the file system refused.
 */
export type OnnxErrorCode =
  | 'malformed'
  | 'unsupported'
  | 'duplicate'
  | 'limit'
  | 'invalid-argument'
  | 'invalid-model'
  | 'external-data'
  | 'io';

const MARKER = Symbol.for('latentkit.onnx.error');

/** The one error class of this package. */
export class OnnxError extends Error {
  readonly code: OnnxErrorCode;
  readonly [MARKER] = true;

  constructor(code: OnnxErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'OnnxError';
    this.code = code;
  }

  /** True for an OnnxError of any copy of this package. */
  static isInstance(error: unknown): error is OnnxError {
    return typeof error === 'object' && error !== null && MARKER in error;
  }
}
