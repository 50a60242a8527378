/** Cache storage in memory, with room for `quota` bytes, its index aside. */
export function memoryCaches(quota = Number.POSITIVE_INFINITY): CacheStorage {
  const bodies = new Map<string, Uint8Array<ArrayBuffer>>();
  const size = () =>
    [...bodies].reduce((sum, [url, { length }]) => sum + (url.endsWith('/index') ? 0 : length), 0);
  const cache = {
    match: async (url: string) => {
      const body = bodies.get(url);
      return body && new Response(body);
    },
    put: async (url: string, response: Response) => {
      const body = new Uint8Array(await response.arrayBuffer());
      if (
        !url.endsWith('/index') &&
        size() - (bodies.get(url)?.length ?? 0) + body.length > quota
      ) {
        throw new DOMException('Quota exceeded.', 'QuotaExceededError');
      }
      bodies.set(url, body);
    },
    delete: async (url: string) => bodies.delete(url),
    keys: async () => [...bodies.keys()].map((url) => ({ url })),
  };
  return { open: async () => cache } as unknown as CacheStorage;
}
