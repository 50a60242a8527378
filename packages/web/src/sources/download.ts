import { type AbortSignalLike, LatentkitError } from '@latentkit/core';
import { onAbort, throwIfAborted } from '@latentkit/core/runtime';

export interface DownloadOptions {
  /** The page's own by default. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly signal?: AbortSignalLike | undefined;
  /** More bytes than this end the download, whatever the server announced. */
  readonly limit: number;
  /** The error for more than `limit` bytes. */
  readonly tooLarge: () => LatentkitError;
  readonly onBytes?: ((loaded: number) => void) | undefined;
  /** What to do where there is nothing, a sentence. */
  readonly remedy?: string | undefined;
}

/** Looked up when it is called: a page may put another in its place. */
export const pageFetch: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init);

/**
 * Fetches a URL into memory.
 *
 * @throws LatentkitError `not-found` (404, 410), `network` (unreachable, another status, broken
 *   off); AbortedError; what `tooLarge` makes
 */
export async function download(url: string, options: DownloadOptions): Promise<Uint8Array> {
  const { fetch = pageFetch, signal, limit, tooLarge, onBytes } = options;
  const { remedy = 'Check the address.' } = options;
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  if (signal?.aborted) abort();
  const forget = signal && onAbort(signal, abort);
  let listening = false;
  try {
    const response = await fetch(url, { signal: controller.signal });
    if (!response.ok) throw statusError(url, response, remedy);
    const chunks: Uint8Array[] = [];
    let loaded = 0;
    if (response.body) {
      const reader = response.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        loaded += value.byteLength;
        if (loaded > limit) throw tooLarge();
        chunks.push(value);
        listening = true;
        onBytes?.(loaded);
        listening = false;
      }
    }
    return concatenate(chunks, loaded);
  } catch (error) {
    throwIfAborted(signal, `Fetching ${url}`);
    // What a listener throws is no fault of the network.
    if (listening || LatentkitError.isInstance(error)) throw error;
    throw new LatentkitError(
      'network',
      `${url} could not be fetched: ${(error as Error).message}. Check the connection, the address, and, for another ` +
        'origin, that its server allows this page (CORS).',
      { cause: error },
    );
  } finally {
    forget?.();
    // Ends the transfer of a body that was not read to its end; does nothing after one that was.
    controller.abort();
  }
}

function statusError(
  url: string,
  { status, statusText }: Response,
  remedy: string,
): LatentkitError {
  const answer = `${status}${statusText ? ` ${statusText}` : ''}`;
  return status === 404 || status === 410
    ? new LatentkitError(
        'not-found',
        `${url} does not exist (the server answered ${answer}). ${remedy}`,
      )
    : new LatentkitError('network', `${url} could not be fetched: the server answered ${answer}.`);
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
