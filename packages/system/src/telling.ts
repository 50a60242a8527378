import { types } from 'node:util';
import { warnOnce } from './warn.ts';

/**
 * A callback of the program that is told of what happens in a server or a worker, where nobody waits for it: what it
 * throws, at once or later, would end the process, and goes to `onFault` instead, by default as a warning of the process.
 */
export function telling<A extends unknown[]>(
  callback: ((...told: A) => unknown) | undefined,
  onFault: (error: Error) => void = warnOfFault,
): (...told: A) => void {
  return (...told) => {
    const failed = (cause: unknown) =>
      onFault(types.isNativeError(cause) ? cause : new Error(String(cause), { cause }));
    try {
      Promise.resolve(callback?.(...told)).catch(failed);
    } catch (cause) {
      failed(cause);
    }
  };
}

function warnOfFault({ message, stack = message }: Error): void {
  warnOnce('LATENTKIT_CALLBACK', message, `A callback failed: ${stack}`);
}
