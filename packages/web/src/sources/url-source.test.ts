import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { cardKey, type FileCache, fileKey } from './file-cache.ts';
import { folderOf, type Offline, urlSource } from './url-source.ts';

/** Digests are the loader's matter; here any that tells contents apart will do. */
const digestOf = (bytes: Uint8Array) => `digest of ${bytes.join()}`;
const content = Uint8Array.of(1, 2, 3, 4);
const expected = { bytes: 4, sha256: digestOf(content) };

function setting({
  answer = content,
  cached,
  offline,
}: {
  answer?: Uint8Array | Error;
  cached?: Uint8Array;
  offline?: Offline;
} = {}) {
  const kept = new Map<string, Uint8Array>(cached ? [[fileKey(expected.sha256), cached]] : []);
  const cache: FileCache = {
    get: async (key) => kept.get(key),
    put: async (key, bytes) => void kept.set(key, bytes),
    delete: async (key) => void kept.delete(key),
    has: async (key) => kept.has(key),
  };
  const fetched: string[] = [];
  const served = { answer };
  const open = (url: string | URL) =>
    urlSource(folderOf(url, 'https://example.org/app/page.html'), {
      fetch: async (input) => {
        fetched.push(String(input));
        if (served.answer instanceof Error) throw served.answer;
        return new Response(served.answer as Uint8Array<ArrayBuffer>);
      },
      cache,
      offline,
      digest: async (bytes) => digestOf(bytes),
    });
  return { open, fetched, kept, served };
}

describe('addresses', () => {
  test.each([
    ['models/a', 'https://example.org/app/models/a/encoder.onnx'],
    ['models/a/', 'https://example.org/app/models/a/encoder.onnx'],
    ['/models/a/model.json', 'https://example.org/models/a/encoder.onnx'],
    [new URL('https://cdn.example/a?key=1#x'), 'https://cdn.example/a/encoder.onnx?key=1'],
  ])('%s', async (url, address) => {
    const { open, fetched } = setting();
    await open(url).read('encoder.onnx', { expected });
    expect(fetched).toEqual([address]);
  });

  test('one that is no URL is refused', () => {
    expect(() => setting().open('https://[')).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });
});

describe('the cache', () => {
  test('keeps verified files and serves them', async () => {
    const { open, fetched, kept } = setting();
    const source = open('m');
    const loaded: unknown[] = [];
    await source.read('a', { expected });
    expect([...kept.keys()]).toEqual([fileKey(expected.sha256)]);
    const again = await source.read('a', { expected, onProgress: (p) => loaded.push(p) });
    expect([...again]).toEqual([...content]);
    expect(fetched).toHaveLength(1);
    expect(loaded).toEqual([{ file: 'a', loaded: 4, total: 4 }]);
  });

  test('is not believed when damaged, and mended', async () => {
    const { open, fetched, kept } = setting({ cached: Uint8Array.of(9) });
    expect([...(await open('m').read('a', { expected }))]).toEqual([...content]);
    expect(fetched).toHaveLength(1);
    expect([...(kept.get(fileKey(expected.sha256)) ?? [])]).toEqual([...content]);
  });

  test('keeps no altered file', async () => {
    const { open, kept } = setting({ answer: Uint8Array.of(1, 2, 3, 5) });
    await open('m').read('a', { expected });
    expect(kept.size).toBe(0);
  });
});

describe('the card', () => {
  const card = new TextEncoder().encode('{}');
  const key = (query: string) => cardKey(`https://example.org/app/m/model.json${query}`);
  let warnings: string[];
  beforeEach(() => {
    warnings = [];
    jest.spyOn(console, 'warn').mockImplementation((text) => void warnings.push(text));
  });
  afterEach(() => void jest.restoreAllMocks());

  test('is fetched although it is kept, and that of the last visit is taken where the network fails', async () => {
    const { open, fetched, kept, served } = setting({ answer: card });
    await open('m').read('model.json', {});
    await open('m').read('model.json', {});
    expect(fetched).toHaveLength(2);
    expect([...kept.keys()]).toEqual([key('')]);
    served.answer = new TypeError('Failed to fetch');
    expect(await open('m').read('model.json', {})).toEqual(card);
    expect(warnings).toEqual([expect.stringMatching(/m\/model\.json.*The card of the last visit/)]);
    // Another query may be another version.
    await expect(open('m?v=2').read('model.json', {})).rejects.toMatchObject({ code: 'network' });
  });

  test('that is gone is gone, whatever was kept', async () => {
    const { open, served } = setting({ answer: card });
    await open('m').read('model.json', {});
    served.answer = new TextEncoder().encode('\n <!DOCTYPE html><p>Not here');
    await expect(open('m').read('model.json', {})).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/is a web page.*Check the address/),
    });
  });

  test('comes from the cache before the network by offline: prefer', async () => {
    const { open, fetched } = setting({ answer: card, offline: 'prefer' });
    await open('m').read('model.json', {});
    await open('m').read('model.json', {});
    expect(fetched).toHaveLength(1);
  });

  test("is not fetched, as no file is, by offline: 'only'", async () => {
    const { open, fetched, kept } = setting({ offline: 'only' });
    for (const read of [{}, { expected }]) {
      await expect(open('m').read('a', read)).rejects.toMatchObject({
        code: 'not-found',
        message: expect.stringMatching(/prefetch\(\)/),
      });
    }
    kept.set(fileKey(expected.sha256), content);
    expect(await open('m').read('a', { expected })).toEqual(content);
    expect(fetched).toEqual([]);
  });
});

test('loads at the same time share a download, and each has bytes of its own', async () => {
  const { open, fetched } = setting();
  const all = await Promise.all([1, 2, 3].map(() => open('m').read('a', { expected })));
  expect(fetched).toHaveLength(1);
  for (const bytes of all) expect(bytes).toEqual(content);
  expect(new Set(all.map(({ buffer }) => buffer)).size).toBe(3);
});

test('more bytes than promised end the download', async () => {
  const { open } = setting({ answer: new Uint8Array(5) });
  await expect(open('m').read('a', { expected })).rejects.toMatchObject({ code: 'integrity' });
});

test('a card of many megabytes is no card', async () => {
  const { open } = setting({ answer: new Uint8Array(17 * 2 ** 20) });
  await expect(open('m').read('model.json', {})).rejects.toMatchObject({ code: 'too-large' });
});
