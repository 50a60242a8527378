import { type DeviceAttempt, DeviceError } from './device-error.ts';
import { type ErrorCode, LatentkitError } from './latentkit-error.ts';

/** An error as plain data, for another thread: structured clones keep neither class nor fields. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly stack: string | undefined;
  readonly attempts?: readonly DeviceAttempt[];
}

export function toPlainError(error: unknown): PlainError {
  const { message, stack } = error as Error;
  const code = LatentkitError.isInstance(error) ? error.code : 'runtime';
  if (!DeviceError.isInstance(error)) return { code, message, stack };
  // A DeviceError composes its message from the attempts: the first line is what it was given.
  return { code, message: message.split('\n', 1)[0] as string, stack, attempts: error.attempts };
}

export function fromPlainError({ code, message, stack, attempts }: PlainError): LatentkitError {
  const cause = { where: 'in the worker', stack };
  return attempts
    ? new DeviceError(message, attempts, { cause })
    : new LatentkitError(code, message, { cause });
}
