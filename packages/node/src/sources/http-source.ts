import { createHash } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LatentkitError, type LoadProgress } from '@latentkit/core';
import {
  checkFileName,
  type ModelSource,
  maxBytesOf,
  type ReadOptions,
  SingleFlight,
} from '@latentkit/core/runtime';
import {
  download,
  isPage,
  PRIVATE_FILE,
  patiently,
  type RequestOptions,
  refusal,
  request,
  warnOnce,
  warnUnwritable,
  withoutSecrets,
  writeFileWhole,
} from '@latentkit/system';

export interface HttpOptions extends Pick<RequestOptions, 'fetch' | 'stallMs' | 'floor'> {
  /** Verified files are kept here, by checksum. */
  readonly cacheDir: string;
  /** Use what is in the cache, and no network. */
  readonly offline: boolean;
  /** Files that the card says to be larger are refused. */
  readonly maxBytes: number;
}

/**
 * A model in a folder on a web server. The card is fetched each time (and kept for offline use, and for
 * when the server is down); the other files are kept in the cache by their checksums and fetched once,
 * also by loads that run at the same time.
 */
export function httpSource(given: URL, options: HttpOptions): ModelSource {
  const base = folderOf(given);
  const flights = flightsOf(options.fetch);
  return {
    description: withoutSecrets(base),
    async read(file, { signal, expected, onProgress }) {
      checkFileName(file);
      const url = new URL(base);
      url.pathname += file;
      const { cacheDir, offline, maxBytes } = options;
      const key = JSON.stringify([url.href, cacheDir, offline, maxBytes, expected]);
      const passenger = { what: `Fetching ${withoutSecrets(url)}`, signal, onProgress };
      return flights.join(key, passenger, (signal, onProgress) =>
        expected
          ? readBlob(url, file, expected, { signal, onProgress }, options)
          : readCard(url, file, signal, options),
      );
    },
  };
}

/** A fetch of one's own may have rights of its own: only loads with the same one share a request. */
const flightsByFetch = new WeakMap<
  typeof globalThis.fetch,
  SingleFlight<Uint8Array, LoadProgress>
>();

function flightsOf(fetch: typeof globalThis.fetch): SingleFlight<Uint8Array, LoadProgress> {
  const flights = flightsByFetch.get(fetch) ?? new SingleFlight();
  flightsByFetch.set(fetch, flights);
  return flights;
}

/** The URL of the folder: the card's own URL is accepted too. */
function folderOf(url: URL): URL {
  const base = new URL(url);
  base.hash = '';
  base.pathname = base.pathname.replace(/(\/model\.json|\/)?$/, '/');
  return base;
}

async function readBlob(
  url: URL,
  file: string,
  expected: NonNullable<ReadOptions['expected']>,
  { signal, onProgress }: Pick<ReadOptions, 'signal' | 'onProgress'>,
  { cacheDir, offline, maxBytes, ...network }: HttpOptions,
): Promise<Uint8Array> {
  const path = join(cacheDir, 'files', expected.sha256);
  const kept = await readFile(path).catch(() => undefined);
  if (kept) {
    if (digestOf(kept).toString('hex') === expected.sha256) {
      onProgress?.({ file, loaded: kept.byteLength, total: kept.byteLength });
      return kept;
    }
    // Damaged on disk since it was verified.
    if (offline) throw notUsable(url, 'damaged');
    await rm(path, { force: true }).catch(() => {});
  }
  if (offline) throw notUsable(url, 'missing');
  if (expected.bytes > maxBytes) {
    throw new LatentkitError(
      'too-large',
      `${withoutSecrets(url)} has ${expected.bytes} bytes, more than the limit of ${maxBytes}. Raise maxBytes to allow it.`,
    );
  }
  const partialFolder = join(cacheDir, 'partial');
  return download(url, path, { ...network, file, expected, partialFolder, signal, onProgress });
}

async function readCard(
  url: URL,
  file: string,
  signal: AbortSignal,
  { cacheDir, offline, ...network }: HttpOptions,
): Promise<Uint8Array> {
  const path = join(cacheDir, 'cards', keyOf(url));
  const kept = await keptCard(path);
  if (offline) {
    if (kept === 'missing' || kept === 'damaged') throw notUsable(url, kept);
    return kept;
  }
  const fetched = () => fetchCard(url, file, { ...network, signal });
  if (kept === 'missing' || kept === 'damaged') {
    const { bytes } = await patiently(fetched, `Fetching ${file}`, signal);
    await keepCard(bytes, path, cacheDir);
    return bytes;
  }
  try {
    const { bytes, page } = await fetched();
    if (page) throw replaced(url);
    if (!kept.equals(bytes)) await keepCard(bytes, path, cacheDir);
    return bytes;
  } catch (error) {
    if (!LatentkitError.isInstance(error) || error.code !== 'network') throw error;
    const since = await stat(path).then(
      ({ mtime }) => ` of ${mtime.toISOString()}`,
      () => '',
    );
    warnOnce('LATENTKIT_OUTDATED', path, `${error.message} The copy${since} in the cache is used.`);
    return kept;
  }
}

/** A card's own key: what is behind a query (`?v=2`) is another card. */
function keyOf(url: URL): string {
  return createHash('sha256')
    .update(`${withoutSecrets(url)}${url.search}`)
    .digest('hex');
}

interface FetchedCard {
  readonly bytes: Uint8Array;
  /** Whether it is a web page, by the word of who sent it and by what it is. */
  readonly page: boolean;
}

function fetchCard(url: URL, file: string, options: RequestOptions): Promise<FetchedCard> {
  return request(url, options, async ({ status, headers, body }) => {
    if (status !== 200) throw refusal(url, file, status);
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of body) {
      size += piece.byteLength;
      if (size > maxBytesOf(undefined)) {
        throw new LatentkitError(
          'too-large',
          `${withoutSecrets(url)} is larger than any model card (${maxBytesOf(undefined)} bytes). Check the model's URL.`,
        );
      }
      pieces.push(piece);
    }
    const bytes = Buffer.concat(pieces);
    return { bytes, page: isPage(headers) && !isJson(bytes) };
  });
}

const DIGEST = 32;

/** A card that was kept, with its SHA-256 before it: nothing else says whether it is still the same. */
async function keptCard(path: string): Promise<Buffer | 'missing' | 'damaged'> {
  const file = await readFile(path).catch(() => undefined);
  if (!file) return 'missing';
  const card = file.subarray(DIGEST);
  return file.subarray(0, DIGEST).equals(digestOf(card)) ? card : 'damaged';
}

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/** Keeps what may be a card: a page that a network puts in the place of everything is none. */
async function keepCard(bytes: Uint8Array, path: string, cacheDir: string): Promise<void> {
  if (!isJson(bytes)) return;
  const file = Buffer.concat([digestOf(bytes), bytes]);
  await writeFileWhole(path, file, { makeFolders: true, mode: PRIVATE_FILE }).catch(({ cause }) =>
    warnUnwritable(cacheDir, cause),
  );
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder().decode(bytes));
    return true;
  } catch {
    return false;
  }
}

function replaced(url: URL): LatentkitError {
  return new LatentkitError(
    'network',
    `${withoutSecrets(url)} was answered with a web page, as by a network that asks to log in.`,
  );
}

function notUsable(url: URL, kept: 'missing' | 'damaged'): LatentkitError {
  const what = kept === 'missing' ? 'not in the cache' : 'damaged in the cache';
  return new LatentkitError(
    'not-found',
    `${withoutSecrets(url)} is ${what}, and offline: true allows no download. Load the model once with a network, or from a folder.`,
  );
}
