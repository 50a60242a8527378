import { AbortedError, type AbortSignalLike, ArgumentError, LatentkitError } from '@latentkit/core';
import { onAbort } from '@latentkit/core/runtime';
import { scrub, separateCredentials, withoutSecrets } from './secrets.ts';

export interface RequestOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly headers?: Record<string, string>;
  readonly signal: AbortSignalLike | undefined;
  /** Milliseconds without a byte after which the connection is given up; 30 s by default. */
  readonly stallMs?: number | undefined;
  /** The slowest connection that is waited for; 1 KiB/s on the average of a minute by default. */
  readonly floor?: Floor | undefined;
}

/** A rate below which a connection is given up: without one, a byte now and then would keep it alive. */
export interface Floor {
  readonly bytesPerSecond: number;
  /** Milliseconds of waiting over which the rate is averaged. */
  readonly windowMs: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body piece by piece. */
  readonly body: AsyncIterable<Uint8Array>;
}

const STALL_MS = 30_000;
const FLOOR: Floor = { bytesPerSecond: 1024, windowMs: 60_000 };

/**
 * Sends a GET request and hands the answer to `receive`. The connection is closed when `receive` is
 * done with it, however it ends. A name and password in the URL are sent to its own origin only.
 *
 * @throws AbortedError; LatentkitError `network` for a connection that fails, stalls or crawls; ArgumentError for a fetch
 *   that gives something else than responses
 */
export async function request<T>(
  given: URL,
  { fetch, headers = {}, signal, stallMs = STALL_MS, floor = FLOOR }: RequestOptions,
  receive: (answer: Answer) => Promise<T>,
): Promise<T> {
  const { url, headers: credentials } = separateCredentials(given);
  const controller = new AbortController();
  const what = `Fetching ${withoutSecrets(url)}`;
  let tooSlow: string | undefined;
  const giveUp = (why: string) => {
    tooSlow = why;
    controller.abort();
  };
  const stall = () => giveUp(`nothing came for ${stallMs / 1000} seconds`);
  let timer = setTimeout(stall, stallMs);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(stall, stallMs);
  };
  if (signal?.aborted) controller.abort();
  const forget = signal && onAbort(signal, () => controller.abort());
  const orAborted = racing(controller.signal);
  const crawl = new Crawl(floor, giveUp);
  try {
    const response = await orAborted(
      fetch(url, {
        // A compressed body could not be resumed by its bytes.
        headers: { 'accept-encoding': 'identity', ...credentials, ...headers },
        signal: controller.signal,
      }),
    );
    alive();
    checkResponse(response);
    return await receive({
      status: response.status,
      headers: response.headers,
      body: pieces(response.body, async (next) => {
        const asked = performance.now();
        const piece = await orAborted(next);
        crawl.came(piece.value?.byteLength ?? 0, performance.now() - asked);
        alive();
        return piece;
      }),
    });
  } catch (cause) {
    if (signal?.aborted) throw new AbortedError(what, signal);
    if (LatentkitError.isInstance(cause)) throw cause;
    const { message, cause: reason } = cause as Error;
    const told = [message, (reason as Error | undefined)?.message].filter(Boolean).join(': ');
    const why =
      tooSlow ??
      `${scrub(told, given)}. Check the address and the network, and that the server runs`;
    throw new LatentkitError('network', `${what} failed: ${why}.`, { cause });
  } finally {
    clearTimeout(timer);
    forget?.();
    controller.abort();
  }
}

/** A fetch of one's own may give anything, and would be taken for a network that fails. */
function checkResponse(response: unknown): void {
  const { status, headers, body } = (response ?? {}) as Partial<Response>;
  const isRead = body === null || typeof body?.getReader === 'function';
  if (typeof status === 'number' && typeof headers?.get === 'function' && isRead) return;
  const wanted = 'a function that gives a Response, as globalThis.fetch does';
  throw new ArgumentError('fetch', wanted, response);
}

/** Watches the average rate. Only time spent waiting counts: a slow disk is not the server's fault. */
class Crawl {
  readonly #floor: Floor;
  readonly #giveUp: (why: string) => void;
  #bytes = 0;
  #waited = 0;

  constructor(floor: Floor, giveUp: (why: string) => void) {
    this.#floor = floor;
    this.#giveUp = giveUp;
  }

  came(bytes: number, waited: number): void {
    const { bytesPerSecond, windowMs } = this.#floor;
    this.#bytes += bytes;
    this.#waited += waited;
    if (this.#waited < windowMs) return;
    const seconds = this.#waited / 1000;
    if (this.#bytes < bytesPerSecond * seconds) {
      const rate = Math.floor(this.#bytes / seconds);
      this.#giveUp(`it sent ${rate} bytes a second, and less than ${bytesPerSecond} never end`);
    }
    this.#bytes = 0;
    this.#waited = 0;
  }
}

/**
 * Makes promises reject when the signal fires. fetch promises to do that by itself, but in Node 20 a
 * body whose connection is aborted as it ends can stay silent for ever.
 */
function racing(signal: AbortSignal): <T>(promise: Promise<T>) => Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    const fire = () => reject(signal.reason);
    if (signal.aborted) fire();
    else signal.addEventListener('abort', fire, { once: true });
  });
  aborted.catch(() => {});
  return (promise) => Promise.race([promise, aborted]);
}

/** What a reader of a body answers. */
interface Read {
  readonly done: boolean;
  readonly value?: Uint8Array | undefined;
}

async function* pieces(
  body: ReadableStream<Uint8Array> | null,
  wait: (next: Promise<Read>) => Promise<Read>,
): AsyncGenerator<Uint8Array> {
  if (!body) return;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await wait(reader.read());
    if (done || !value) return;
    yield value;
  }
}
