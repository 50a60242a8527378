import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { IntegrityError, LatentkitError, type LoadProgress } from '@latentkit/core';
import { unwritable } from '../files/unwritable.ts';
import { warnOnce } from '../warn.ts';
import { type Answer, type RequestOptions, request } from './http-request.ts';
import { isPage } from './page.ts';
import { Part } from './part.ts';
import { patiently } from './patiently.ts';
import { isTransient, refusal } from './refusal.ts';

export interface DownloadOptions
  extends Pick<RequestOptions, 'fetch' | 'signal' | 'stallMs' | 'floor'> {
  /** The file's name, for progress and messages. */
  readonly file: string;
  /** What the contents are compared with; the size may be unknown. */
  readonly expected: { readonly bytes?: number; readonly sha256: string };
  /** What the checksum is compared with; by default the SHA-256 of the bytes as they come. */
  readonly digest?: ((bytes: Uint8Array) => string | undefined) | undefined;
  /** The most bytes that a file of unknown size may have; 2 GiB by default. */
  readonly limit?: number | undefined;
  /** Where unfinished downloads lie. */
  readonly partialFolder: string;
  readonly onProgress: ((progress: LoadProgress) => void) | undefined;
}

/**
 * Downloads a file of known checksum to `path`, going on from where an earlier download stopped. The
 * file appears under its name only when it is whole and verified. A folder that cannot be written is
 * done without, with a warning.
 *
 * @returns the bytes
 * @throws AbortedError, IntegrityError; LatentkitError `not-found`, `network`, `too-large`
 */
export async function download(
  url: URL,
  path: string,
  options: DownloadOptions,
): Promise<Uint8Array> {
  const { file, expected, partialFolder, digest = sha256 } = options;
  const part = await Part.open(partialFolder, expected.sha256, (cause) =>
    warnUnwritable(dirname(partialFolder), cause),
  );
  try {
    let fresh = part.size === 0;
    for (;;) {
      await fetchPatiently(url, part, options);
      const bytes = await part.read();
      const found = digest(bytes);
      if (found === expected.sha256) {
        await part.keepAs(path);
        return bytes;
      }
      if (fresh) {
        const received = found === undefined ? 'broken contents' : `sha256 ${found}`;
        throw new IntegrityError(file, `sha256 ${expected.sha256}`, received);
      }
      // What was there before may be at fault: once more, from the start.
      fresh = true;
      await part.truncate(0);
    }
  } catch (error) {
    const useless = IntegrityError.isInstance(error) || isTooLarge(error);
    await (useless ? part.remove() : part.abandon()).catch(() => {});
    throw error;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function isTooLarge(error: unknown): boolean {
  return LatentkitError.isInstance(error) && error.code === 'too-large';
}

/** A cache is a convenience: one that cannot be written is said to be so, and done without. */
export function warnUnwritable(folder: string, cause: unknown): void {
  const { message } = unwritable(`The cache ${folder} cannot be written`, cause);
  warnOnce(
    'LATENTKIT_CACHE',
    folder,
    `${message} Downloads are not kept; name another folder by cacheDir or LATENTKIT_CACHE.`,
  );
}

/** Goes on with a connection that broke, a few times. */
async function fetchPatiently(url: URL, part: Part, options: DownloadOptions): Promise<void> {
  const { file, signal } = options;
  let resume = true;
  await patiently(
    async (last) => {
      const answered = await fetchRest(url, part, options, resume);
      if (answered === undefined) return;
      // Asked for the rest, the server gave something else: from now on the whole is asked for. One that
      // is broken may be asked for the rest again, but not for ever.
      if (!isTransient(answered) || last) {
        resume = false;
        await fetchRest(url, part, options, resume);
      } else throw refusal(url, file, answered);
    },
    `Fetching ${file}`,
    signal,
  );
}

/**
 * Fetches what the part lacks, or, without `resume`, the whole. What there is goes only when the server
 * has begun to send something better.
 *
 * @returns the status of an answer from which the part cannot go on; undefined when all has come
 */
async function fetchRest(
  url: URL,
  part: Part,
  options: DownloadOptions,
  resume: boolean,
): Promise<number | undefined> {
  const { file, expected, fetch, signal, stallMs, floor } = options;
  const size = resume && part.size <= (expected.bytes ?? part.size) ? part.size : 0;
  if (size > 0 && size === expected.bytes) return undefined;
  const headers: Record<string, string> = size > 0 ? { range: `bytes=${size}-` } : {};
  return request(url, { fetch, headers, signal, stallMs, floor }, async (answer) => {
    const start = placeOf(answer, size, expected.bytes);
    if (start === 'end') return undefined;
    if (start !== undefined) return append(answer, part, start, options);
    if (size > 0) return answer.status;
    throw refusal(url, file, answer.status);
  });
}

/** Where the body belongs, given that `size` bytes are here; undefined for an answer without its use. */
function placeOf(
  { status, headers }: Answer,
  size: number,
  whole: number | undefined,
): number | 'end' | undefined {
  if (status === 200) return 0;
  const range = headers.get('content-range') ?? '';
  const [, first, total] = /^bytes (\d+|\*)(?:-\d+)?\/(\d+|\*)$/.exec(range) ?? [];
  const found = total === undefined || total === '*' ? undefined : Number(total);
  // All is here already, in a file whose size nobody knew.
  if (status === 416 && whole === undefined && size > 0 && found === size) return 'end';
  if (status !== 206 || first === undefined || first === '*') return undefined;
  if (whole !== undefined && found !== undefined && found !== whole) return undefined;
  const start = Number(first);
  return start <= size ? start : undefined;
}

async function append(
  { body, headers }: Answer,
  part: Part,
  start: number,
  { file, expected, limit = 2 ** 31, onProgress }: DownloadOptions,
): Promise<undefined> {
  const announced = lengthOf(headers);
  const total = expected.bytes ?? (announced === undefined ? undefined : start + announced);
  await part.truncate(start);
  for await (const piece of body) {
    const loaded = part.size + piece.byteLength;
    if (expected.bytes !== undefined && loaded > expected.bytes) {
      throw new IntegrityError(file, `${expected.bytes} bytes`, `more ${by(headers)}`);
    }
    if (loaded > limit) {
      throw new LatentkitError('too-large', `${file} has more than ${limit} bytes.`);
    }
    await part.append(piece);
    onProgress?.({ file, loaded, total });
  }
  if (total === undefined || part.size >= total) return;
  const whole = announced === undefined ? endsByItself(headers) : part.size === start + announced;
  if (whole) {
    throw new IntegrityError(file, `${total} bytes`, `${part.size} bytes ${by(headers)}`);
  }
  throw new LatentkitError(
    'network',
    `The connection ended after ${part.size} of ${total} bytes of ${file}; they are kept, and the next load goes on from there.`,
  );
}

/** Whether an answer without a length that ended is whole: one that broke off would have failed, or is no file anyway. */
function endsByItself(headers: Headers): boolean {
  return /\bchunked\b/i.test(headers.get('transfer-encoding') ?? '') || isPage(headers);
}

/** Who sent what is none of the file, for messages. */
function by(headers: Headers): string {
  if (!isPage(headers)) return 'from the server';
  return "from the server, which calls them 'text/html': a web page in the place of the file, as of an address that is wrong, or a network that asks to log in";
}

/** The length that the server announced of the bytes that are handed on; undefined if it did not. */
function lengthOf(headers: Headers): number | undefined {
  if (!/^(identity)?$/.test(headers.get('content-encoding') ?? '')) return undefined;
  const length = headers.get('content-length');
  return length !== null && /^\d+$/.test(length) ? Number(length) : undefined;
}
