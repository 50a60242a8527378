import type { AbortSignalLike } from '../errors/index.ts';

const listeners = new WeakMap<AbortSignalLike, Set<() => void>>();

/**
 * Calls `listener` once when the signal fires, until the returned function is called. However many
 * calls share a signal, it carries one listener of ours: platforms warn of leaks above ten.
 */
export function onAbort(signal: AbortSignalLike, listener: () => void): () => void {
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
