import { warnOnce } from './warn.ts';

/** What is kept between visits: model files by their content, cards by their address. */
export interface FileCache {
  get(key: string): Promise<Uint8Array | undefined>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  delete(key: string): Promise<void>;
  has(key: string): Promise<boolean>;
}

/** The key of a file by its content, which is the same wherever it came from. */
export const fileKey = (sha256: string) => `sha256/${sha256}`;

/** The key of a model's card. */
export const cardKey = (address: string) => `card/${encodeURIComponent(address)}`;

/** How long the browser may take to answer; some never do (a damaged profile, a full disk). */
const ANSWER_MS = 5000;

/** More than that, in bytes, is not kept: what was used longest ago goes first. */
const LIMIT = 2 ** 30;

const CACHE_NAME = 'latentkit';
/** Cache keys must be URLs; the reserved top-level domain keeps them apart from every real one. */
const PREFIX = 'https://latentkit.invalid/';
const INDEX = `${PREFIX}index`;

/** When each key was used last (milliseconds since 1970), and its bytes. */
type Index = Record<string, { readonly bytes: number; readonly used: number }>;

export interface StorageCacheOptions {
  readonly answerMs?: number | undefined;
  readonly limit?: number | undefined;
  readonly now?: (() => number) | undefined;
}

/**
 * The cache in the browser's Cache storage. A cache is a convenience: where storage is absent (insecure
 * contexts), forbidden (sandboxed frames), full or silent, its methods find and keep nothing.
 */
export class StorageCache implements FileCache {
  readonly #answerMs: number;
  readonly #limit: number;
  readonly #now: () => number;
  #silent = false;
  /** Why something could not be kept or found, the last time; undefined where nothing failed. */
  failure: unknown;

  constructor({ answerMs = ANSWER_MS, limit = LIMIT, now = Date.now }: StorageCacheOptions = {}) {
    this.#answerMs = answerMs;
    this.#limit = limit;
    this.#now = now;
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.use(async (cache) => {
      const response = await cache.match(PREFIX + key);
      if (!response) return undefined;
      const bytes = new Uint8Array(await response.arrayBuffer());
      // Not waited for: the bytes are here.
      void note(cache, key, bytes.byteLength, this.#now()).catch(() => {});
      return bytes;
    });
  }

  async has(key: string): Promise<boolean> {
    return (await this.use((cache) => cache.match(PREFIX + key))) !== undefined;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength > this.#limit) return;
    // Copied here: the caller may give the bytes away.
    const copy = new Blob([bytes as Uint8Array<ArrayBuffer>]);
    await this.use(async (cache) => {
      const keep = () => cache.put(PREFIX + key, new Response(copy));
      await keep().catch(async (error: Error) => {
        if (error.name !== 'QuotaExceededError') throw error;
        // The origin has no more room: in the place of what was used longest ago.
        await shrink(cache, totalOf(await indexOf(cache)) - copy.size);
        await keep();
      });
      await note(cache, key, copy.size, this.#now());
      await shrink(cache, this.#limit);
    });
  }

  async delete(key: string): Promise<void> {
    await this.use((cache) => cache.delete(PREFIX + key));
  }

  /** Undefined where the storage is not to be had, or its work fails. */
  async use<T>(work: (cache: Cache) => Promise<T>): Promise<T | undefined> {
    const storage = cacheStorage();
    if (!storage || this.#silent) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => {
        this.#silent = true;
        warnOnce(
          `the browser's Cache storage does not answer within ${this.#answerMs / 1000} s; models are fetched without it`,
        );
        resolve(undefined);
      }, this.#answerMs);
    });
    try {
      return await Promise.race([storage.open(CACHE_NAME).then(work), late]);
    } catch (error) {
      this.failure = error;
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Deletes what was used longest ago until no more than `limit` bytes are left; returns those that were freed. */
async function shrink(cache: Cache, limit: number, keep?: ReadonlySet<string>): Promise<number> {
  const index = await indexOf(cache);
  const before = totalOf(index);
  let total = before;
  const oldest = Object.entries(index).sort(([, a], [, b]) => a.used - b.used);
  for (const [key, { bytes }] of oldest) {
    if (total <= limit) break;
    if (keep?.has(key)) continue;
    await cache.delete(PREFIX + key);
    total -= bytes;
  }
  return before - total;
}

/** Notes a use. */
function note(cache: Cache, key: string, bytes: number, used: number): Promise<void> {
  return alone(async () => {
    const index = await indexOf(cache);
    index[key] = { bytes, used };
    await cache.put(INDEX, new Response(JSON.stringify(index)));
  });
}

const totalOf = (index: Index) => Object.values(index).reduce((sum, { bytes }) => sum + bytes, 0);

/** What is there, whoever put it there: several pages share the cache. */
async function indexOf(cache: Cache): Promise<Index> {
  const kept = await (await cache.match(INDEX))?.json().catch(() => undefined);
  const known = (kept ?? {}) as Index;
  const index: Index = {};
  for (const { url } of await cache.keys()) {
    const key = url.slice(PREFIX.length);
    if (url.startsWith(PREFIX) && url !== INDEX) index[key] = known[key] ?? { bytes: 0, used: 0 };
  }
  return index;
}

/** Sandboxed frames may not even ask for it. */
function cacheStorage(): CacheStorage | undefined {
  try {
    return globalThis.caches;
  } catch {
    return undefined;
  }
}

/** Runs `work` while no other page of the origin does, where the browser can see to it. */
function alone<T>(work: () => Promise<T>): Promise<T> {
  const locks: LockManager | undefined = globalThis.navigator?.locks;
  return locks ? (locks.request('latentkit-cache', work) as Promise<T>) : work();
}

/** This origin's cache. */
export const browserCache: StorageCache = new StorageCache();

/**
 * Deletes what was used longest ago until no more than `limit` bytes are left.
 *
 * @param keep keys that stay, whatever they are
 * @returns the bytes that were freed
 */
export async function evictFrom(
  storage: StorageCache,
  limit: number,
  keep: ReadonlySet<string>,
): Promise<number> {
  return (await storage.use((cache) => shrink(cache, limit, keep))) ?? 0;
}

/** Deletes everything that latentkit keeps in this origin's Cache storage. */
export async function clearCache(): Promise<void> {
  await browserCache.use(() => globalThis.caches.delete(CACHE_NAME));
}
