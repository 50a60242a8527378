const MARKER = Symbol.for('latentkit.error');

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
 * build, another realm).
 */
export class LatentkitError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.name = 'LatentkitError';
    Object.defineProperty(this, MARKER, { value: true });
  }

  static isInstance(value: unknown): value is LatentkitError {
    return typeof value === 'object' && value !== null && MARKER in value;
  }
}

/** A batch, latent or option that does not fit: `expected` and `received` say how, in words. */
export class InputError extends LatentkitError {
  readonly expected: string;
  readonly received: string;

  constructor(what: string, expected: string, received: string, options: ErrorOptions = {}) {
    super('invalid-input', `${what}: expected ${expected}, received ${received}.`, options);
    this.name = 'InputError';
    this.expected = expected;
    this.received = received;
  }
}

/** An option outside its domain. */
export class ArgumentError extends LatentkitError {
  readonly argument: string;

  constructor(argument: string, expected: string, received: unknown, options: ErrorOptions = {}) {
    super(
      'invalid-argument',
      `${argument}: expected ${expected}, received ${describe(received)}.`,
      options,
    );
    this.name = 'ArgumentError';
    this.argument = argument;
  }
}

/** A model card that cannot be used; `issues` lists every fault with its path in the card. */
export class CardError extends LatentkitError {
  readonly issues: readonly string[];

  constructor(
    code: 'invalid-card' | 'unsupported-format',
    message: string,
    issues: readonly string[] = [],
    options: ErrorOptions = {},
  ) {
    super(code, message, options);
    this.name = 'CardError';
    this.issues = issues;
  }
}

/** A model file whose bytes are not those that the card promises. */
export class IntegrityError extends LatentkitError {
  readonly file: string;
  readonly expected: string;
  readonly received: string;

  constructor(file: string, expected: string, received: string) {
    super(
      'integrity',
      `${file} is not the file that the model card describes: expected ${expected}, received ${received}. ` +
        'The file was altered or only partly copied; fetch or export the model again.',
    );
    this.name = 'IntegrityError';
    this.file = file;
    this.expected = expected;
    this.received = received;
  }
}

/** One device that was tried, or passed over, while a model was loaded. */
export interface DeviceAttempt {
  readonly device: string;
  readonly ok: boolean;
  /** Why the device was chosen or passed over. */
  readonly reason: string;
  /** What would make the device available. */
  readonly remedy?: string;
}

/** No device of the policy could run the model. */
export class DeviceError extends LatentkitError {
  readonly attempts: readonly DeviceAttempt[];

  constructor(message: string, attempts: readonly DeviceAttempt[], options: ErrorOptions = {}) {
    const tried = attempts.map(({ device, reason }) => `  - ${device}: ${reason}`);
    const remedies = [
      ...new Set(attempts.flatMap(({ ok, remedy }) => (ok || !remedy ? [] : [remedy]))),
    ];
    const steps = remedies.map((remedy, index) => `  ${index + 1}. ${remedy}`);
    super(
      'device-unavailable',
      [message, ...tried, ...(steps.length > 0 ? ['What to do:', ...steps] : [])].join('\n'),
      options,
    );
    this.name = 'DeviceError';
    this.attempts = attempts;
  }
}

/** A call on a model that was disposed before. */
export class DisposedError extends LatentkitError {
  constructor(what: string) {
    super('disposed', `${what} was used after dispose(). Load the model again to go on.`);
    this.name = 'DisposedError';
  }
}

/**
 * The caller's AbortSignal fired: code `aborted` and name `AbortError`, as for every aborted web API,
 * or, for a signal from `AbortSignal.timeout(ms)`, code `timeout` and name `TimeoutError`. `cause` is
 * the signal's reason.
 */
export class AbortedError extends LatentkitError {
  constructor(what: string, { reason }: { readonly reason?: unknown }) {
    const late = (reason as Error | undefined)?.name === 'TimeoutError';
    super(
      late ? 'timeout' : 'aborted',
      late ? `${what} took longer than its timeout.` : `${what} was aborted.`,
      { cause: reason },
    );
    this.name = late ? 'TimeoutError' : 'AbortError';
  }
}

/** The part of the platform's AbortSignal that core needs, so that core needs no DOM types. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Throws {@link AbortedError} if the signal has fired, ArgumentError for what is no signal. */
export function throwIfAborted(signal: AbortSignalLike | undefined, what: string): void {
  if (!signal) return;
  if (typeof signal.addEventListener !== 'function') {
    throw new ArgumentError('signal', 'an AbortSignal (controller.signal)', signal);
  }
  if (signal.aborted) throw new AbortedError(what, signal);
}

/** A short description of a value for error messages. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value))
    return `[${value.slice(0, 8).map(describe).join(', ')}${value.length > 8 ? ', …' : ''}]`;
  if (ArrayBuffer.isView(value)) {
    const { length } = value as unknown as { length?: number };
    return `a ${value.constructor.name} of ${length ?? value.byteLength}`;
  }
  if (typeof value === 'object' && value !== null) {
    return `an object with ${Object.keys(value).slice(0, 8).join(', ') || 'no keys'}`;
  }
  return String(value);
}
