import { ArgumentError } from '@latentkit/core';

/**
 * Starts the worker that is built beside this module. The expression is the one that bundlers look
 * for; it must stay as it is, all in one place.
 *
 * @throws ArgumentError in the CommonJS build, which does not know its own address
 */
export function spawnWorker(): Worker {
  if (import.meta.url === undefined) {
    throw new ArgumentError(
      'worker',
      "a function that makes the worker from '@latentkit/web/worker' (the CommonJS build cannot find it by itself)",
      undefined,
    );
  }
  return new Worker(new URL('./worker.mjs', import.meta.url), { type: 'module' });
}
