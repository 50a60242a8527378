const CACHE_NAME = 'latentkit';

/** Model files kept between visits, found again by their content. */
export interface FileCache {
  get(sha256: string): Promise<Uint8Array | undefined>;
  put(sha256: string, bytes: Uint8Array): Promise<void>;
  delete(sha256: string): Promise<void>;
}

/** Cache keys must be URLs; the reserved top-level domain keeps them apart from every real one. */
const keyOf = (sha256: string) => `https://latentkit.invalid/sha256/${sha256}`;

/**
 * The cache in the browser's Cache storage. A cache is a convenience: where storage is absent
 * (insecure contexts), forbidden (sandboxed frames) or full, its methods find and keep nothing.
 */
export const browserCache: FileCache = {
  async get(sha256) {
    const response = await quietly(async () => (await open())?.match(keyOf(sha256)));
    return response && quietly(async () => new Uint8Array(await response.arrayBuffer()));
  },
  async put(sha256, bytes) {
    await quietly(async () =>
      (await open())?.put(keyOf(sha256), new Response(bytes as Uint8Array<ArrayBuffer>)),
    );
  },
  async delete(sha256) {
    await quietly(async () => (await open())?.delete(keyOf(sha256)));
  },
};

/** Deletes every model file that latentkit keeps in this origin's Cache storage. */
export async function clearCache(): Promise<void> {
  await quietly(async () => globalThis.caches?.delete(CACHE_NAME));
}

async function open(): Promise<Cache | undefined> {
  return (globalThis.caches as CacheStorage | undefined)?.open(CACHE_NAME);
}

async function quietly<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch {
    return undefined;
  }
}
