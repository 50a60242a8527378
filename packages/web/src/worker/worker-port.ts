import type { ClientPort } from '@latentkit/core/runtime';

/** What a model's worker says once, before anything else: the name of the lock that it holds, if any. */
export interface Alive {
  readonly alive: string | undefined;
}

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
  worker.addEventListener('message', ({ data }: MessageEvent<Partial<Alive>>) => {
    if (data.alive) void navigator.locks.request(data.alive, () => gone('it was terminated.'));
  });
  worker.addEventListener('messageerror', () => gone('its answer could not be read.'));
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    gone(
      `${event.message || 'its script could not be loaded'}. Check that the bundler emitted the worker (or pass ` +
        "the option 'worker'), and that a Content-Security-Policy allows it in worker-src.",
    );
  });
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    onMessage: (listener) =>
      worker.addEventListener('message', ({ data }) => 'id' in data && listener(data)),
    onEnd: (listener) => listeners.push(listener),
    end: async () => terminate(),
  };
}
