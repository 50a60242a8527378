import { afterEach, describe, expect, test } from '@jest/globals';
import { browserCache, clearCache } from './file-cache.ts';

const KEY = 'ab'.repeat(32);
const bytes = Uint8Array.of(1, 2, 3);

afterEach(() => {
  Reflect.deleteProperty(globalThis, 'caches');
});

describe.each<[string, object | undefined]>([
  ['without Cache storage', undefined],
  [
    'where Cache storage is forbidden',
    {
      open: () => Promise.reject(new Error('forbidden')),
      delete: () => Promise.reject(new Error('forbidden')),
    },
  ],
  [
    'where it is full',
    {
      open: async () => ({
        match: async () => undefined,
        put: () => Promise.reject(new Error('quota')),
      }),
      delete: async () => false,
    },
  ],
])('%s', (_, caches) => {
  test('nothing is kept, and nothing fails', async () => {
    Object.defineProperty(globalThis, 'caches', { value: caches, configurable: true });
    await browserCache.put(KEY, bytes);
    expect(await browserCache.get(KEY)).toBeUndefined();
    await browserCache.delete(KEY);
    await clearCache();
  });
});
