import { AbortedError, type AbortSignalLike, LatentkitError } from '@latentkit/core';
import { type ClientPort, checkMethod, unlessAborted } from '@latentkit/core/runtime';
import { scriptAddress } from '../sources/script-address.ts';
import { REMEDY, workerPort } from './worker-port.ts';

/** How long a worker's script may take until it runs: a quarter of a megabyte at most. */
const FIRST_MS = 60_000;

/**
 * Starts a worker, and waits until its script runs.
 *
 * @param script its URL, or the user's own function that makes it; undefined where no URL is known
 * @throws LatentkitError `device-unavailable`, with the way out, where the browser refuses it, its script
 *   does not come, or is another one; ArgumentError for a function that makes something else; AbortedError
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
  let timer: ReturnType<typeof setTimeout> | undefined;
  const running = new Promise<void>((resolve, reject) => {
    const another = () => reject(refusal(`its script does not come, or is another. ${REMEDY}`));
    timer = setTimeout(another, FIRST_MS);
    const first = ({ data }: MessageEvent) => (data?.alive === undefined ? another() : resolve());
    worker.addEventListener('message', first, { once: true });
    port.onEnd((how) => reject(refusal(how)));
  });
  try {
    await unlessAborted(running, 'Loading', signal);
    return port;
  } catch (error) {
    await port.end();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function fromUrl(url: URL | undefined, signal: AbortSignalLike | undefined): Promise<Worker> {
  if (!url) throw new Error('CommonJS cannot find its script');
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
