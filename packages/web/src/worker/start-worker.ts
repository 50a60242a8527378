import { AbortedError, type AbortSignalLike, LatentkitError } from '@latentkit/core';
import { type ClientPort, onAbort } from '@latentkit/core/runtime';
import { download } from '../sources/download.ts';
import { workerPort } from './worker-port.ts';

/**
 * Starts a worker, and waits until its script runs.
 *
 * @param script its URL, or the user's own function that makes it; undefined where no URL is known
 * @throws LatentkitError `device-unavailable`, with the way out, where the browser refuses it or its script
 *   does not come; AbortedError
 */
export async function startWorker(
  script: URL | (() => Worker) | undefined,
  signal: AbortSignalLike | undefined,
): Promise<ClientPort> {
  const worker = typeof script === 'function' ? make(script) : await fromUrl(script, signal);
  // At once, since the worker speaks only once of the lock that it holds.
  const port = workerPort(worker);
  try {
    await running(worker, signal);
    return port;
  } catch (error) {
    await port.end();
    throw error;
  }
}

function make(script: () => Worker): Worker {
  try {
    return script();
  } catch (cause) {
    throw refusal(`the option 'worker' threw: ${(cause as Error).message}`, cause);
  }
}

async function fromUrl(url: URL | undefined, signal: AbortSignalLike | undefined): Promise<Worker> {
  if (!url) {
    throw refusal('the CommonJS build cannot find its script by itself');
  }
  if (typeof globalThis.Worker !== 'function') {
    throw refusal('there are no workers here (a service worker starts none)');
  }
  // In a sandboxed frame the origin is 'null', whatever its address says.
  const own = url.origin === globalThis.origin;
  const address = own ? url.href : await copyOf(url, signal);
  try {
    // Sandboxed frames load no modules from copies; the script imports nothing, so that it may be either.
    return new Worker(address, { type: own ? 'module' : 'classic' });
  } catch (cause) {
    throw refusal((cause as Error).message, cause);
  }
}

const copies = new Map<string, string>();

/**
 * The address of a copy of a script from another origin, whose own address browsers refuse to workers.
 * The script needs no other, and threads are started from the address that it has: the copy is kept.
 */
async function copyOf({ href }: URL, signal: AbortSignalLike | undefined): Promise<string> {
  const known = copies.get(href);
  if (known) return known;
  let bytes: Uint8Array;
  try {
    bytes = await download(href, {
      fetch: (input, init) => globalThis.fetch(input, init),
      signal,
      limit: SCRIPT_LIMIT,
      tooLarge: () => new LatentkitError('too-large', `${href} is no script of latentkit's`),
    });
  } catch (error) {
    if (error instanceof AbortedError) throw error;
    throw refusal((error as Error).message, error);
  }
  const copy = URL.createObjectURL(
    new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'text/javascript' }),
  );
  copies.set(href, copy);
  return copy;
}

/** Ten times what the script has. */
const SCRIPT_LIMIT = 4 * 2 ** 20;

/** Waits for the first word of the script, which it says as soon as it runs. */
async function running(worker: Worker, signal: AbortSignalLike | undefined): Promise<void> {
  let forget: (() => void) | undefined;
  const listening = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      const { signal: until } = listening;
      worker.addEventListener('message', () => resolve(), { signal: until });
      worker.addEventListener(
        'error',
        (event) => {
          event.preventDefault();
          reject(refusal(event.message || 'its script could not be loaded'));
        },
        { signal: until },
      );
      forget = signal && onAbort(signal, () => reject(new AbortedError('Loading', signal)));
      if (signal?.aborted) reject(new AbortedError('Loading', signal));
    });
  } finally {
    listening.abort();
    forget?.();
  }
}

function refusal(why: string, cause?: unknown): LatentkitError {
  return new LatentkitError(
    'device-unavailable',
    `The model's worker could not be started: ${why}. Serve '@latentkit/web/worker' beside the page's scripts (or with CORS ` +
      "headers from another origin), allow it in the worker-src of a Content-Security-Policy ('self', or blob: for another " +
      "origin), or make it yourself with the option 'worker' (with Trusted Types: from a TrustedScriptURL). Without a " +
      "worker: execution: 'inline', or 'auto', which takes a worker where it can.",
    { cause },
  );
}
