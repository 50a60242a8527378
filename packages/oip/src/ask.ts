import { AbortedError, type AbortSignalLike, LatentkitError } from '@latentkit/core';
import { onAbort, unlessAborted } from '@latentkit/core/runtime';

/** What is needed of `fetch`: type libraries differ in the rest. */
export type Fetch = (
  url: string,
  init: {
    readonly method?: string;
    readonly headers?: Record<string, string>;
    readonly body?: Uint8Array<ArrayBuffer>;
    readonly signal: AbortSignal;
  },
) => Promise<FetchResponse>;

interface FetchResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: { getReader(): Reader } | null;
}

interface Reader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
}

export interface AskOptions {
  readonly fetch: Fetch;
  readonly signal?: AbortSignalLike | undefined;
  /** Milliseconds for which a server that is busy is asked again, as it asks for. */
  readonly patienceMs: number;
  /** The most bytes that a sound answer has. */
  readonly limit: number;
}

export interface Answer {
  readonly bytes: Uint8Array;
  readonly headers: FetchResponse['headers'];
}

/** Milliseconds after which a server that says nothing, or no more, is given up. */
const SILENCE_MS = 120_000;

/** What a server that is busy and does not say for how long is given, in milliseconds. */
const PAUSE_MS = 1000;

/**
 * Sends a request to a server, and again while it answers that it is busy (503), as long as `Retry-After` asks for
 * and patience allows.
 *
 * @throws LatentkitError `queue-full` for a server that stays busy, `not-found`, `too-large`, `runtime` for what it
 *   refuses or fails at, `network` for one that is away or speaks something else; AbortedError
 */
export async function ask(
  url: string,
  request: { readonly headers?: Record<string, string>; readonly body?: Uint8Array<ArrayBuffer> },
  options: AskOptions,
): Promise<Answer> {
  let waited = 0;
  for (;;) {
    const { status, ...answer } = await once(url, request, options);
    if (status === 200) return answer;
    if (status !== 503) throw refusal(url, status, answer.bytes);
    const pause = pauseOf(answer.headers.get('retry-after'));
    if (waited + pause > options.patienceMs) throw busy(url, waited, answer.bytes);
    await sleep(pause, url, options.signal);
    waited += pause;
  }
}

async function once(
  url: string,
  request: Parameters<typeof ask>[1],
  { fetch, signal, limit }: AskOptions,
): Promise<Answer & { readonly status: number }> {
  const controller = new AbortController();
  let silent = false;
  const giveUp = () => {
    silent = true;
    controller.abort();
  };
  let timer = setTimeout(giveUp, SILENCE_MS);
  const forget = signal && onAbort(signal, () => controller.abort());
  try {
    if (signal?.aborted) throw new AbortedError(`Asking ${url}`, signal);
    const response = await fetch(url, {
      ...request,
      method: request.body ? 'POST' : 'GET',
      signal: controller.signal,
    });
    const { status, headers, body } = response;
    const pieces: Uint8Array[] = [];
    let size = 0;
    const reader = body?.getReader();
    while (reader) {
      const { done, value } = await reader.read();
      if (done || !value) break;
      clearTimeout(timer);
      timer = setTimeout(giveUp, SILENCE_MS);
      size += value.length;
      if (size > limit) throw stranger(url, `it sent more than ${limit} bytes`);
      pieces.push(value);
    }
    return { status, headers, bytes: joined(pieces, size) };
  } catch (cause) {
    if (signal?.aborted) throw new AbortedError(`Asking ${url}`, signal);
    if (LatentkitError.isInstance(cause)) throw cause;
    const { message, cause: reason } = cause as Error;
    const told = [message, (reason as Error | undefined)?.message].filter(Boolean).join(': ');
    const why = silent ? `nothing came for ${SILENCE_MS / 1000} seconds` : told;
    throw new LatentkitError(
      'network',
      `${url} gave no answer: ${why}. Does the server run (latentkit serve), at this address and port? A page ` +
        'of another origin must be let in by it: latentkit serve --cors ORIGIN.',
      { cause },
    );
  } finally {
    clearTimeout(timer);
    forget?.();
    // Ends a transfer that was not read to its end.
    controller.abort();
  }
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Milliseconds of a `Retry-After`: seconds, or a date. */
function pauseOf(header: string | null): number {
  if (!header) return PAUSE_MS;
  const seconds = Number(header);
  const pause = Number.isFinite(seconds) ? 1000 * seconds : Date.parse(header) - Date.now();
  return Number.isFinite(pause) ? Math.max(0, pause) : PAUSE_MS;
}

async function sleep(
  milliseconds: number,
  url: string,
  signal: AbortSignalLike | undefined,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await unlessAborted(passed, `Asking ${url}`, signal);
  } finally {
    clearTimeout(timer);
  }
}

/** A server that is there and does not speak the protocol. */
export function stranger(url: string, fault: string): LatentkitError {
  return new LatentkitError(
    'network',
    `${url} answered with something else than the Open Inference Protocol: ${fault}. Check the address, and what ` +
      'stands between (a proxy, a login page).',
  );
}

function busy(url: string, waited: number, bytes: Uint8Array): LatentkitError {
  return new LatentkitError(
    'queue-full',
    `${url} is busy${saying(bytes)}, and was asked again for ${waited / 1000} seconds. Send less at a time, or give ` +
      'the server more to compute with (--workers, a GPU, a second one behind a balancer).',
  );
}

function refusal(url: string, status: number, bytes: Uint8Array): LatentkitError {
  const what = `${url} was answered with status ${status}${saying(bytes)}.`;
  switch (status) {
    case 404:
      return new LatentkitError(
        'not-found',
        `${what} Check the model's name: the server lists what it has at v2/repository/index.`,
      );
    case 413:
      return new LatentkitError(
        'too-large',
        `${what} Send less at a time, or raise the server's limits (--max-body).`,
      );
    case 400:
    case 500:
      return new LatentkitError(
        'runtime',
        `${what} Load the model again if it was exchanged at the server; its log has more.`,
      );
    default:
      return new LatentkitError(
        'network',
        `${what} Check the address and its access rights; the option fetch adds headers.`,
      );
  }
}

/** What the body of an answer says is wrong, in the form of the protocol. */
function saying(bytes: Uint8Array): string {
  try {
    const { error } = JSON.parse(new TextDecoder().decode(bytes)) as { error?: unknown };
    return typeof error === 'string' ? ` ("${error.slice(0, 300).replace(/\.$/, '')}")` : '';
  } catch {
    return '';
  }
}
