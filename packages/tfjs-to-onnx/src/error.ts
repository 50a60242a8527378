/** What went wrong, in one word; every code is explained where it is thrown. */
export type ExportErrorCode =
  /** An option, an input description or a model that cannot be used as given. */
  | 'invalid-argument'
  /** Kernels or layers without an ONNX form; `problems` lists all of them. */
  | 'unsupported'
  /** The computation drew random numbers, or depends on the batch size in a way no graph can follow. */
  | 'unstable-constant'
  /** The function did different things on two calls, so that no one graph describes it. */
  | 'unstable-trace'
  /** The exported graph does not compute what tfjs computes. */
  | 'verification-failed'
  /** Something optional that this call needs is not installed. */
  | 'missing-dependency';

const MARKER = Symbol.for('latentkit.tfjs-to-onnx.error');

export interface ExportErrorDetails {
  cause?: unknown;
  /** Every place that is at fault, one line each, where there can be several. */
  problems?: readonly string[];
}

/** The only error that this package throws on purpose. `isInstance` also holds across duplicate installs. */
export class ExportError extends Error {
  override readonly name = 'ExportError';
  readonly code: ExportErrorCode;
  readonly problems: readonly string[];

  constructor(code: ExportErrorCode, message: string, details: ExportErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.problems = details.problems ?? [];
    Object.defineProperty(this, MARKER, { value: true });
  }

  static isInstance(error: unknown): error is ExportError {
    return typeof error === 'object' && error !== null && MARKER in error;
  }
}

/** What a cause says, within a sentence: without a full stop of its own, and whatever was thrown. */
export function causeText(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).trimEnd().replace(/\.+$/, '');
}
