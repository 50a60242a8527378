import { AbortedError, type AbortSignalLike, LatentkitError, onAbort } from '@latentkit/core';

export interface RequestOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly headers?: Record<string, string>;
  readonly signal: AbortSignalLike | undefined;
  /** Milliseconds without a byte after which the connection is given up. */
  readonly stallMs: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body piece by piece. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Sends a GET request and hands the answer to `receive`. The connection is closed when `receive` is
 * done with it, however it ends.
 *
 * @throws AbortedError; LatentkitError `network` for a connection that fails or stalls
 */
export async function request<T>(
  url: URL,
  { fetch, headers = {}, signal, stallMs }: RequestOptions,
  receive: (answer: Answer) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const what = `Fetching ${withoutSecrets(url)}`;
  let stalled = false;
  const stall = () => {
    stalled = true;
    controller.abort();
  };
  let timer = setTimeout(stall, stallMs);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(stall, stallMs);
  };
  if (signal?.aborted) controller.abort();
  const forget = signal && onAbort(signal, () => controller.abort());
  const orAborted = racing(controller.signal);
  try {
    const response = await orAborted(
      fetch(url, {
        // A compressed body could not be resumed by its bytes.
        headers: { 'accept-encoding': 'identity', ...headers },
        signal: controller.signal,
      }),
    );
    alive();
    return await receive({
      status: response.status,
      headers: response.headers,
      body: pieces(response.body, async (next) => {
        const piece = await orAborted(next);
        alive();
        return piece;
      }),
    });
  } catch (cause) {
    if (signal?.aborted) throw new AbortedError(what, signal);
    if (LatentkitError.isInstance(cause)) throw cause;
    const { message, cause: reason } = cause as Error;
    const why = stalled
      ? `nothing came for ${stallMs / 1000} seconds`
      : [message, (reason as Error | undefined)?.message].filter(Boolean).join(': ');
    throw new LatentkitError('network', `${what} failed: ${why}.`, { cause });
  } finally {
    clearTimeout(timer);
    forget?.();
    controller.abort();
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

async function* pieces(
  body: ReadableStream<Uint8Array> | null,
  wait: <T>(next: Promise<T>) => Promise<T>,
): AsyncGenerator<Uint8Array> {
  if (!body) return;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await wait(reader.read());
    if (done) return;
    yield value;
  }
}

/** The URL for messages: query strings and credentials may be secrets. */
export function withoutSecrets(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
