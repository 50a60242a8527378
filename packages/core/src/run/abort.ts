import { checkSignal } from '../errors/aborted-error.ts';
import { AbortedError, type AbortSignalLike, throwIfAborted } from '../errors/index.ts';

const listeners = new WeakMap<AbortSignalLike, Set<() => void>>();

/**
 * Calls `listener` once when the signal fires, until the returned function is called. However many
 * calls share a signal, it carries one listener of ours: platforms warn of leaks above ten.
 */
export function onAbort(signal: AbortSignalLike, listener: () => void): () => void {
  checkSignal(signal);
  let waiting = listeners.get(signal);
  if (!waiting) {
    const added = new Set<() => void>();
    waiting = added;
    listeners.set(signal, added);
    signal.addEventListener(
      'abort',
      () => {
        listeners.delete(signal);
        for (const notify of added) notify();
      },
      { once: true },
    );
  }
  // A wrapper of its own, so that a listener given twice counts twice.
  const entry = () => listener();
  waiting.add(entry);
  return () => waiting.delete(entry);
}

/**
 * What the work comes to, unless the signal fires before: the work itself goes on, and its end is nobody's
 * business any more.
 *
 * @param what for the message of the abort
 * @throws AbortedError; ArgumentError for what is no signal
 */
export async function unlessAborted<V>(
  work: V | PromiseLike<V>,
  what: string,
  signal: AbortSignalLike | undefined,
): Promise<V> {
  if (signal === undefined) return work;
  let forget = () => {};
  const aborted = new Promise<never>((_, reject) => {
    throwIfAborted(signal, what);
    forget = onAbort(signal, () => reject(new AbortedError(what, signal)));
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    forget();
  }
}
