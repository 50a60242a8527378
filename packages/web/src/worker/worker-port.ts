import type { ClientPort } from '@latentkit/core/runtime';

/** What to do about a worker that does not come, sentences. */
export const REMEDY =
  "Check that '@latentkit/web/worker' lies beside the page's scripts (elsewhere with CORS headers), and a " +
  "Content-Security-Policy allows it in worker-src ('self'; elsewhere blob:). Or make it with the option 'worker' " +
  "(Trusted Types: from a TrustedScriptURL). Without one: execution: 'inline', or 'auto'.";

/**
 * The page's end of the way to a worker. Browsers do not say that a worker is gone: it holds a lock
 * while it lives, for which the page waits, and calls of `terminate` are seen where there are no locks.
 */
export function workerPort(worker: Worker): ClientPort {
  const terminate = worker.terminate.bind(worker);
  const listeners: Parameters<ClientPort['onEnd']>[0][] = [];
  const gone = (how: string) => {
    for (const listener of listeners) listener(how);
  };
  worker.terminate = () => {
    terminate();
    gone('it was terminated.');
  };
  worker.addEventListener('message', ({ data }) => {
    if (data?.alive) void navigator.locks.request(data.alive, () => gone('it was terminated.'));
  });
  worker.addEventListener('messageerror', () => gone('its answer could not be read.'));
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    gone(`${event.message || 'its script could not be loaded'}. ${REMEDY}`);
  });
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    onMessage: (to) => worker.addEventListener('message', ({ data }) => data?.id >= 0 && to(data)),
    onEnd: (listener) => listeners.push(listener),
    end: async () => terminate(),
  };
}
