import { isMarked, mark } from './mark.ts';

/** What went wrong, for programs; the message is for people. */
export type ErrorCode =
  | 'invalid-argument'
  | 'invalid-input'
  | 'invalid-card'
  | 'unsupported-format'
  | 'not-found'
  | 'too-large'
  | 'integrity'
  | 'network'
  | 'device-unavailable'
  | 'runtime'
  | 'disposed'
  | 'aborted'
  | 'timeout'
  | 'queue-full'
  | 'invalid-data'
  | 'unwritable'
  | 'in-use'
  | 'diverged'
  | 'missing-dependency';

export interface ErrorOptions {
  /** The error that caused this one. */
  cause?: unknown;
}

/**
 * Base class of every error that latentkit throws on purpose. The message says what came, what was
 * expected and what to do next; `code` is stable across releases.
 *
 * Use {@link LatentkitError.isInstance} rather than `instanceof`: it also recognises errors from
 * another copy of the package (a second version in node_modules, the CommonJS build beside the ESM
 * build, another realm). Each class has its own, which knows that class alone.
 */
export class LatentkitError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.name = 'LatentkitError';
    mark(this, 'LatentkitError');
  }

  static isInstance(value: unknown): value is LatentkitError {
    return isMarked(value, 'LatentkitError');
  }
}
