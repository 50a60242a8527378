import { describe, expect, jest, test } from '@jest/globals';
import { fakeCard } from '@latentkit/core/testing';
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
