import { createHash } from 'node:crypto';
import { open, readFile, stat, truncate } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortedError,
  type AbortSignalLike,
  IntegrityError,
  LatentkitError,
  type LoadProgress,
} from '@latentkit/core';
import { unwritable } from '../files/unwritable.ts';
import { type Answer, type RequestOptions, request, withoutSecrets } from './http-request.ts';
import { PartialFile } from './partial-file.ts';

export interface DownloadOptions extends Pick<RequestOptions, 'fetch' | 'signal' | 'stallMs'> {
  /** The file's name, for progress and messages. */
  readonly file: string;
  readonly expected: { readonly bytes: number; readonly sha256: string };
  /** Where unfinished downloads lie. */
  readonly partialFolder: string;
  readonly onProgress: ((progress: LoadProgress) => void) | undefined;
}

/** Milliseconds before each further try of a connection that broke. */
const PAUSES = [250, 1000];

/**
 * Downloads a file of known size and checksum to `path`, going on from where an earlier download
 * stopped. The file appears under its name only when it is whole and verified.
 *
 * @returns the bytes
 * @throws AbortedError, IntegrityError; LatentkitError `not-found`, `network`, `unwritable`
 */
export async function download(
  url: URL,
  path: string,
  options: DownloadOptions,
): Promise<Uint8Array> {
  const { file, expected, partialFolder } = options;
  const partial = await onDisk(() => PartialFile.claim(partialFolder, expected.sha256));
  let fresh = (await stat(partial.path)).size === 0;
  for (;;) {
    try {
      await fetchPatiently(url, partial.path, options);
    } catch (error) {
      await partial.abandon().catch(() => {});
      throw error;
    }
    const bytes = await readFile(partial.path);
    const digest = createHash('sha256').update(bytes).digest('hex');
    if (digest === expected.sha256) {
      await onDisk(() => partial.finish(path));
      return bytes;
    }
    if (fresh) {
      await partial.remove();
      throw new IntegrityError(file, `sha256 ${expected.sha256}`, `sha256 ${digest}`);
    }
    // What was there before may be at fault: once more, from the start.
    fresh = true;
    await truncate(partial.path, 0);
  }
}

/** Goes on with a connection that broke, a few times. */
async function fetchPatiently(url: URL, path: string, options: DownloadOptions): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await fetchRest(url, path, options);
    } catch (error) {
      const pause = PAUSES[attempt];
      const again = LatentkitError.isInstance(error) && error.code === 'network';
      if (!again || pause === undefined) throw error;
      await pauseFor(pause, options.file, options.signal);
    }
  }
}

/** Fetches what the partial file lacks. */
async function fetchRest(url: URL, path: string, options: DownloadOptions): Promise<void> {
  const { file, expected, fetch, signal, stallMs } = options;
  let { size } = await stat(path);
  if (size > expected.bytes) size = 0;
  if (size === expected.bytes) return;
  const headers: Record<string, string> = size > 0 ? { range: `bytes=${size}-` } : {};
  await request(url, { fetch, headers, signal, stallMs }, async (answer) => {
    const { status } = answer;
    // Nothing to go on from: the next try starts anew.
    if (status === 416) await truncate(path, 0);
    const resumed = status === 206 && startOf(answer) === size;
    if (!resumed && status !== 200) throw refusal(url, file, status);
    await append(answer, path, resumed ? size : 0, options);
  });
}

function startOf({ headers }: Answer): number {
  return Number(/^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
}

async function append(
  { body }: Answer,
  path: string,
  start: number,
  { file, expected, onProgress }: DownloadOptions,
): Promise<void> {
  const handle = await onDisk(() => open(path, 'r+'));
  let loaded = start;
  try {
    await handle.truncate(start);
    for await (const piece of body) {
      if (loaded + piece.byteLength > expected.bytes) {
        await handle.truncate(0);
        throw new IntegrityError(file, `${expected.bytes} bytes`, 'more from the server');
      }
      await onDisk(() => handle.write(piece, 0, piece.byteLength, loaded));
      loaded += piece.byteLength;
      onProgress?.({ file, loaded, total: expected.bytes });
    }
  } finally {
    await handle.close();
  }
  if (loaded < expected.bytes) {
    throw new LatentkitError(
      'network',
      `The connection ended after ${loaded} of ${expected.bytes} bytes of ${file}; they are kept, and the next load goes on from there.`,
    );
  }
}

/** The error for a status that is no success: servers that are busy or broken may be asked again. */
export function refusal(url: URL, file: string, status: number): LatentkitError {
  const where = withoutSecrets(url);
  if (status === 404 || status === 410) {
    return new LatentkitError(
      'not-found',
      `${where} does not exist (status ${status}). Check the model's URL: ${file} lies in the same folder as model.json.`,
    );
  }
  const transient = status === 408 || status === 416 || status === 429 || status >= 500;
  return new LatentkitError(
    transient ? 'network' : 'not-found',
    `${where} was refused with status ${status}.${transient ? ' Try again later.' : ' Check the URL and its access rights.'}`,
  );
}

async function pauseFor(
  milliseconds: number,
  file: string,
  signal: AbortSignalLike | undefined,
): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal ? { signal: signal as AbortSignal } : {});
  } catch {
    throw new AbortedError(`Fetching ${file}`, signal ?? {});
  }
}

/** Tells a cache that cannot be written from a network that fails. */
async function onDisk<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw unwritable(
      'The cache (name another by cacheDir or LATENTKIT_CACHE) cannot be written',
      cause,
    );
  }
}
