import { AbortedError, type AbortSignalLike, LatentkitError } from '@latentkit/core';
import { type ClientPort, checkMethod, unlessAborted } from '@latentkit/core/runtime';
import { scriptAddress } from '../sources/script-address.ts';
import { REMEDY, workerPort } from './worker-port.ts';

/**
 * Starts a worker, and waits until its script runs.
 *
 * @param script its URL, or the user's own function that makes it; undefined where no URL is known
 * @throws LatentkitError `device-unavailable`, with the way out, where the browser refuses it or its script
 *   does not come; ArgumentError for a function that makes something else; AbortedError
 */
export async function startWorker(
  script: URL | (() => Worker) | undefined,
  signal: AbortSignalLike | undefined,
): Promise<ClientPort> {
  let worker: Worker;
  try {
    worker = typeof script === 'function' ? script() : await fromUrl(script, signal);
  } catch (cause) {
    if (AbortedError.isInstance(cause)) throw cause;
    const who = typeof script === 'function' ? "the option 'worker' threw: " : '';
    throw refusal(`${who}${(cause as Error).message}. ${REMEDY}`, cause);
  }
  checkMethod('worker', worker, 'postMessage', 'a function that returns a Worker');
  // At once, since the worker speaks only once of the lock that it holds.
  const port = workerPort(worker);
  const running = new Promise((resolve, reject) => {
    worker.addEventListener('message', resolve, { once: true });
    port.onEnd((how) => reject(refusal(how)));
  });
  try {
    await unlessAborted(running, 'Loading', signal);
    return port;
  } catch (error) {
    await port.end();
    throw error;
  }
}

async function fromUrl(url: URL | undefined, signal: AbortSignalLike | undefined): Promise<Worker> {
  if (!url) throw new Error('the CommonJS build cannot find its script by itself');
  if (typeof globalThis.Worker !== 'function') {
    throw new Error('there are no workers here (a service worker starts none)');
  }
  const { address, own } = await scriptAddress(url, signal);
  // Sandboxed frames load no modules from copies; the script imports nothing, so that it may be either.
  return new Worker(address, { type: own ? 'module' : 'classic' });
}

const refusal = (why: string, cause?: unknown) =>
  new LatentkitError('device-unavailable', `The model's worker could not be started: ${why}`, {
    cause,
  });
