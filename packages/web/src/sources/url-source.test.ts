import { describe, expect, test } from '@jest/globals';
import type { FileCache } from './file-cache.ts';
import { urlSource } from './url-source.ts';

/** Digests are the loader's matter; here any that tells contents apart will do. */
const digestOf = (bytes: Uint8Array) => `digest of ${bytes.join()}`;
const content = Uint8Array.of(1, 2, 3, 4);
const expected = { bytes: 4, sha256: digestOf(content) };

function setting({ answer = content, cached }: { answer?: Uint8Array; cached?: Uint8Array } = {}) {
  const kept = new Map<string, Uint8Array>(cached ? [[expected.sha256, cached]] : []);
  const cache: FileCache = {
    get: async (key) => kept.get(key),
    put: async (key, bytes) => void kept.set(key, bytes),
    delete: async (key) => void kept.delete(key),
  };
  const fetched: string[] = [];
  const open = (url: string | URL) =>
    urlSource(url, {
      baseUrl: 'https://example.org/app/page.html',
      fetch: async (input) => {
        fetched.push(String(input));
        return new Response(answer as Uint8Array<ArrayBuffer>);
      },
      cache,
      digest: async (bytes) => digestOf(bytes),
    });
  return { open, fetched, kept };
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
    expect([...kept.keys()]).toEqual([expected.sha256]);
    const again = await source.read('a', { expected, onProgress: (p) => loaded.push(p) });
    expect([...again]).toEqual([...content]);
    expect(fetched).toHaveLength(1);
    expect(loaded).toEqual([{ file: 'a', loaded: 4, total: 4 }]);
  });

  test('is not believed when damaged, and mended', async () => {
    const { open, fetched, kept } = setting({ cached: Uint8Array.of(9) });
    expect([...(await open('m').read('a', { expected }))]).toEqual([...content]);
    expect(fetched).toHaveLength(1);
    expect([...(kept.get(expected.sha256) ?? [])]).toEqual([...content]);
  });

  test('keeps neither an altered file nor the card', async () => {
    const { open, kept } = setting({ answer: Uint8Array.of(1, 2, 3, 5) });
    await open('m').read('a', { expected });
    await open('m').read('model.json', {});
    expect(kept.size).toBe(0);
  });
});

test('more bytes than promised end the download', async () => {
  const { open } = setting({ answer: new Uint8Array(5) });
  await expect(open('m').read('a', { expected })).rejects.toMatchObject({ code: 'integrity' });
});

test('a card of many megabytes is no card', async () => {
  const { open } = setting({ answer: new Uint8Array(17 * 2 ** 20) });
  await expect(open('m').read('model.json', {})).rejects.toMatchObject({ code: 'too-large' });
});
