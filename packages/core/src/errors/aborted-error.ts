import { checkMethod } from './check.ts';
import { LatentkitError } from './latentkit-error.ts';
import { isMarked, mark } from './mark.ts';

/**
 * The caller's AbortSignal fired: code `aborted` and name `AbortError`, as for every aborted web API,
 * or, for a signal from `AbortSignal.timeout(ms)`, code `timeout` and name `TimeoutError`. `cause` is
 * the signal's reason.
 */
export class AbortedError extends LatentkitError {
  declare readonly code: 'aborted' | 'timeout';

  constructor(what: string, { reason }: { readonly reason?: unknown }) {
    const late = (reason as Error | undefined)?.name === 'TimeoutError';
    super(
      late ? 'timeout' : 'aborted',
      late ? `${what} took longer than its timeout.` : `${what} was aborted.`,
      { cause: reason },
    );
    this.name = late ? 'TimeoutError' : 'AbortError';
    mark(this, 'AbortedError');
  }

  static override isInstance(value: unknown): value is AbortedError {
    return isMarked(value, 'AbortedError');
  }
}

/** The part of the platform's AbortSignal that core needs, so that core needs no DOM types. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** @throws ArgumentError */
export function checkSignal(signal: unknown): void {
  checkMethod('signal', signal, 'addEventListener', 'an AbortSignal (controller.signal)');
}

/** Throws {@link AbortedError} if the signal has fired, ArgumentError for what is no signal. */
export function throwIfAborted(signal: AbortSignalLike | undefined, what: string): void {
  if (signal === undefined) return;
  checkSignal(signal);
  if (signal.aborted) throw new AbortedError(what, signal);
}
