import {
  ArgumentError,
  type ErrorCode,
  IntegrityError,
  LatentkitError,
  type LoadProgress,
} from '@latentkit/core';
import {
  type ModelSource,
  maxBytesOf,
  type ReadOptions,
  SingleFlight,
} from '@latentkit/core/runtime';
import { isAddress } from '../kind-of.ts';
import { download } from './download.ts';
import { cardKey, type FileCache, fileKey } from './file-cache.ts';
import { aPage, isPage } from './is-page.ts';
import { warnOnce } from './warn.ts';

/** `'prefer'`: the cache before the network; `'only'`: the cache, and no network. */
export type Offline = 'prefer' | 'only';

export interface UrlSourceOptions {
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly cache: FileCache | undefined;
  readonly offline?: Offline | undefined;
  readonly digest: (bytes: Uint8Array) => Promise<string>;
}

/** Downloads under way, by address: loads at the same time share them. */
const downloads = new SingleFlight<Uint8Array, LoadProgress>();

/**
 * A model at a URL: that of its folder, or of its `model.json`. A query stays on every file's URL,
 * as signed addresses need it. Files named by the card are kept in the cache once their bytes are
 * verified, and found again by their content. The card is fetched, so that a new version of a model is
 * seen; where the network fails, that of the last visit is taken, and that is said.
 *
 * @param folder as {@link folderOf} gives it
 */
export function urlSource(folder: URL, options: UrlSourceOptions): ModelSource {
  const { cache, offline } = options;
  return {
    description: folder.href,
    async read(file, read) {
      const address = addressOf(folder, file);
      const key = read.expected ? fileKey(read.expected.sha256) : cardKey(address);
      if (read.expected || offline) {
        const kept = await keptFile(key, file, read, options);
        if (kept) return kept;
        if (offline === 'only') throw notKept('not-found', address);
      }
      try {
        return await fetched(address, key, file, read, options);
      } catch (error) {
        if (read.expected || !LatentkitError.isInstance(error) || error.code !== 'network') {
          throw error;
        }
        const kept = await cache?.get(key);
        if (!kept) throw error;
        warnOnce(`${error.message} The card of the last visit is used.`);
        return kept;
      }
    },
  };
}

/** What the cache has, if it is what the card promises. */
async function keptFile(
  key: string,
  file: string,
  { expected, onProgress }: ReadOptions,
  { cache, digest }: UrlSourceOptions,
): Promise<Uint8Array | undefined> {
  const kept = await cache?.get(key);
  if (!kept) return undefined;
  if (!expected) return kept;
  if ((await digest(kept)) !== expected.sha256) {
    await cache?.delete(key);
    return undefined;
  }
  onProgress?.({ file, loaded: kept.byteLength, total: kept.byteLength });
  return kept;
}

/** A file from the network, in one download for all that ask at the same time; kept once it is verified. */
async function fetched(
  address: string,
  key: string,
  file: string,
  { signal, expected, onProgress }: ReadOptions,
  { fetch, cache, digest }: UrlSourceOptions,
): Promise<Uint8Array> {
  let first = false;
  const what = `Fetching ${address}`;
  const flight = `${address} ${expected?.sha256 ?? ''}`;
  const bytes = await downloads.join(flight, { what, signal, onProgress }, async (stop, report) => {
    first = true;
    const limit = maxBytesOf(expected);
    const bytes = await download(address, {
      fetch,
      signal: stop,
      limit,
      remedy: 'Give the URL of the folder that holds model.json.',
      tooLarge: () =>
        expected
          ? new IntegrityError(file, `${limit} bytes`, 'more')
          : new LatentkitError(
              'too-large',
              `${address} has more than ${limit} bytes: it is no model card.`,
            ),
      onBytes: (loaded) => report({ file, loaded, total: expected?.bytes }),
    });
    if (isPage(bytes)) throw aPage(address, 'file of a model');
    if (!expected || (await digest(bytes)) === expected.sha256) await cache?.put(key, bytes);
    return bytes;
  });
  // Each has its own: a model in a worker moves its bytes there.
  return first ? bytes : bytes.slice();
}

/** The address of one file of a model. */
export function addressOf(folder: URL, file: string): string {
  const address = new URL(file, folder);
  address.search = folder.search;
  return address.href;
}

/** The error for what is asked of the cache alone, and not there. */
export function notKept(code: ErrorCode, what: string): LatentkitError {
  return new LatentkitError(
    code,
    `${what} is not in the cache, and offline: 'only' forbids the network. Call prefetch() while there is one, or ` +
      "load with offline: 'prefer'.",
  );
}

/**
 * The URL of a model's folder, which ends with a slash and carries the query.
 *
 * @param baseUrl resolves relative URLs
 * @throws ArgumentError
 */
export function folderOf(url: string | URL, baseUrl: string | undefined): URL {
  let folder: URL;
  try {
    // What is neither would be made a string of, and looked for under that name.
    if (!isAddress(url)) throw new TypeError('no URL');
    folder = new URL(url, baseUrl);
  } catch (cause) {
    throw new ArgumentError('source', 'the URL of a model folder', String(url), { cause });
  }
  folder.hash = '';
  folder.pathname = folder.pathname.replace(/(\/model\.json|\/)?$/, '/');
  return folder;
}
