import { describe, expect, jest, test } from '@jest/globals';
import { fakeCard } from '@latentkit/core/testing';
import * as library from '../index.ts';
import { loadCard } from './loader.ts';

const card = fakeCard({ latent: { kind: 'point', size: 3 } });
const text = JSON.stringify(card);

describe('loadCard', () => {
  test.each([
    'https://models.test/ae',
    'https://models.test/ae/',
    'https://models.test/ae/model.json',
  ])('reads the card at %s, and nothing else', async (url) => {
    const fetch = jest.fn(async (_: unknown) => new Response(text));
    for (const source of [url, new URL(url)]) {
      expect(await loadCard(source, { fetch: fetch as never, cache: false })).toEqual(card);
    }
    const asked = fetch.mock.calls.map(([address]) => String(address));
    expect(asked).toEqual(Array(2).fill('https://models.test/ae/model.json'));
  });

  test('reads it among files in memory', async () => {
    const files = { 'model.json': new TextEncoder().encode(text) };
    expect(await loadCard(files)).toEqual(card);
  });

  test.each<[string, unknown, object, string]>([
    ['no source', undefined, {}, 'invalid-argument'],
    ['no options', 'https://models.test/ae', null as never, 'invalid-argument'],
    ['files without a card', {}, {}, 'not-found'],
  ])('refuses %s', async (_, source, options, code) => {
    await expect(loadCard(source as never, options)).rejects.toMatchObject({ code });
  });
});

describe('an option whose name is misspelt', () => {
  const url = 'https://models.test/ae';
  const refused = (name: string) => ({
    code: 'invalid-argument',
    message: expect.stringMatching(`^options: expected '${name}' or '`),
  });

  const { loadAutoencoder, loadEncoder, loadDecoder } = library;

  test.each(Object.entries({ loadAutoencoder, loadEncoder, loadDecoder, loadCard }))(
    '%s names the one that was meant',
    async (_, load) => {
      const loading = load(url, { devices: 'wasm' } as object);
      await expect(loading).rejects.toMatchObject(refused('device'));
    },
  );

  test('so do those that keep models, and readImages', async () => {
    const { isCached, prefetch, offlineManifest, evict, readImages } = library;
    for (const keep of [isCached, prefetch, offlineManifest]) {
      await expect(keep(url, { devices: 'wasm' } as object)).rejects.toMatchObject(
        refused('device'),
      );
    }
    await expect(prefetch(url, { onprogress: () => {} } as object)).rejects.toMatchObject(
      refused('onProgress'),
    );
    await expect(evict({ limits: 1 } as object)).rejects.toMatchObject(refused('limit'));
    await expect(readImages([], card, { fits: 'fill' } as object)).rejects.toMatchObject(
      refused('fit'),
    );
  });
});
