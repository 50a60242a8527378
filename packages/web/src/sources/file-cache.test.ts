import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { clearCache, evictFrom, fileKey, StorageCache } from './file-cache.ts';
import { memoryCaches } from './testing.ts';

const KEY = fileKey('ab'.repeat(32));
const bytes = Uint8Array.of(1, 2, 3);

afterEach(() => {
  Reflect.deleteProperty(globalThis, 'caches');
});

describe.each<[string, PropertyDescriptor]>([
  ['without Cache storage', { value: undefined }],
  [
    'where it may not even be asked for',
    {
      get() {
        throw new DOMException('sandboxed', 'SecurityError');
      },
    },
  ],
  [
    'where Cache storage is forbidden',
    {
      value: {
        open: () => Promise.reject(new Error('forbidden')),
        delete: () => Promise.reject(new Error('forbidden')),
      },
    },
  ],
  [
    'where it is full',
    {
      value: {
        open: async () => ({
          match: async () => undefined,
          put: () => Promise.reject(new Error('quota')),
        }),
        delete: async () => false,
      },
    },
  ],
])('%s', (_, caches) => {
  test('nothing is kept, and nothing fails', async () => {
    Object.defineProperty(globalThis, 'caches', { ...caches, configurable: true });
    const cache = new StorageCache();
    await cache.put(KEY, bytes);
    expect(await cache.get(KEY)).toBeUndefined();
    expect(await cache.has(KEY)).toBe(false);
    expect(await evictFrom(cache, 0, new Set())).toBe(0);
    await cache.delete(KEY);
    await clearCache();
  });
});

test('one that never answers is waited for once, and that is said', async () => {
  const never = new Promise<never>(() => {});
  let asked = 0;
  const open = () => {
    asked += 1;
    return never;
  };
  Object.defineProperty(globalThis, 'caches', { value: { open }, configurable: true });
  const said = jest.spyOn(console, 'warn').mockImplementation(() => {});
  const cache = new StorageCache({ answerMs: 20 });
  expect(await cache.get(KEY)).toBeUndefined();
  await cache.put(KEY, bytes);
  expect(await cache.get(KEY)).toBeUndefined();
  expect(asked).toBe(1);
  expect(said).toHaveBeenCalledTimes(1);
  expect(said).toHaveBeenCalledWith(expect.stringMatching(/Cache storage does not answer/));
  said.mockRestore();
});

describe('a limit', () => {
  function filled(limit: number, quota?: number) {
    Object.defineProperty(globalThis, 'caches', { value: memoryCaches(quota), configurable: true });
    let time = 0;
    const cache = new StorageCache({ limit, now: () => ++time });
    const there = async () => {
      const keys: string[] = [];
      for (const key of ['a', 'b', 'c', 'd', 'e']) if (await cache.has(key)) keys.push(key);
      return keys.join('');
    };
    return { cache, there };
  }

  test('drops what was used longest ago, and no more', async () => {
    const { cache, there } = filled(9);
    for (const key of ['a', 'b', 'c']) await cache.put(key, bytes);
    expect(await there()).toBe('abc');
    await cache.get('a');
    // The note of a use is not waited for.
    await new Promise((resolve) => setTimeout(resolve, 20));
    await cache.put('d', bytes);
    expect(await there()).toBe('acd');
    await cache.put('e', new Uint8Array(6));
    expect(await there()).toBe('de');
  });

  test('of the browser, which is lower, has as much go as the new file needs', async () => {
    const { cache, there } = filled(1000, 9);
    for (const key of ['a', 'b', 'c', 'd']) await cache.put(key, bytes);
    expect(await there()).toBe('bcd');
    await cache.put('e', new Uint8Array(5));
    expect(await there()).toBe('de');
    expect(cache.failure).toBeUndefined();
    await cache.put('a', new Uint8Array(10));
    expect(await there()).toBe('');
    expect(cache.failure).toMatchObject({ name: 'QuotaExceededError' });
  });

  test('keeps nothing that exceeds it alone', async () => {
    const { cache, there } = filled(9);
    await cache.put('a', bytes);
    await cache.put('b', new Uint8Array(10));
    expect(await there()).toBe('a');
  });

  test('evict frees all but what is to stay, and counts it', async () => {
    const { cache, there } = filled(100);
    for (const key of ['a', 'b', 'c']) await cache.put(key, bytes);
    expect(await evictFrom(cache, 0, new Set(['b']))).toBe(6);
    expect(await there()).toBe('b');
    expect(await evictFrom(cache, 3, new Set())).toBe(0);
    expect(await evictFrom(cache, 2, new Set())).toBe(3);
    expect(await there()).toBe('');
  });
});
