import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fakeCard } from '@latentkit/core/testing';
import {
  loadAutoencoder,
  loadCard,
  loadDecoder,
  loadEncoder,
  loadGolden,
  loadGraphs,
  openGraphs,
} from './load.ts';

const card = fakeCard({ latent: { kind: 'point', size: 3 } });
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latentkit-card-'));
  writeFileSync(join(folder, 'model.json'), JSON.stringify(card));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('loadCard', () => {
  test.each<[string, (path: string) => string | URL]>([
    ['path', (path) => path],
    ['file URL', pathToFileURL],
    ['file URL in text', (path) => pathToFileURL(path).href],
    [
      'file URL of another realm',
      (path) => ({ href: pathToFileURL(path).href, [Symbol.toStringTag]: 'URL' }) as never,
    ],
  ])('takes the %s of a folder, or of the card in it', async (_, made) => {
    expect(await loadCard(made(folder))).toEqual(card);
    expect(await loadCard(made(join(folder, 'model.json')))).toEqual(card);
  });

  test.each([
    ['http://host/vae', 'http://host/vae/model.json'],
    ['http://host/vae/model.json?v=2', 'http://host/vae/model.json?v=2'],
    // A folder may end as the card's name does.
    ['http://host/my-model.json', 'http://host/my-model.json/model.json'],
  ])('asks for the card of %s', async (source, asked) => {
    const addresses: string[] = [];
    const fetch: typeof globalThis.fetch = async (input) => {
      addresses.push(String(input));
      return new Response(JSON.stringify(card));
    };
    expect(await loadCard(source, { fetch, cacheDir: join(folder, 'cache') })).toEqual(card);
    expect(addresses).toEqual([asked]);
  });

  test('takes files in memory', async () => {
    const bytes = new TextEncoder().encode(JSON.stringify(card));
    expect(await loadCard({ 'model.json': bytes })).toEqual(card);
  });

  test('says where there is none', async () => {
    await expect(loadCard(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'not-found' });
    await expect(loadCard(3 as never)).rejects.toMatchObject({ code: 'invalid-argument' });
  });
});

test.each<[string, unknown, string]>([
  ['maxBytes', Number.NaN, 'a number of bytes, of at least 0'],
  ['maxBytes', '2', 'a number of bytes, of at least 0'],
  ['maxBytes', -1, 'a number of bytes, of at least 0'],
  ['offline', 'prefer', 'true or false'],
  ['strict', 'yes', 'true or false'],
  ['cacheDir', 5, 'the path of a folder'],
  ['cacheDir', null, 'the path of a folder'],
  ['cacheDir', '', 'the path of a folder'],
  ['fetch', 5, 'a function'],
  ['fetch', null, 'a function'],
])('the option %s: %p is refused', async (name, value, wanted) => {
  for (const source of [folder, 'http://127.0.0.1:1/vae']) {
    await expect(loadCard(source, { [name]: value })).rejects.toMatchObject({
      code: 'invalid-argument',
      argument: name,
      message: expect.stringMatching(`^${name}: expected ${wanted}, received `),
    });
  }
});

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'undefined'],
  ['a text', '{}', "'{}'"],
  ['what is no response', { ok: true }, 'an object with ok'],
  [
    'the response of another library',
    { status: 200, headers: new Headers(), body: { pipe: () => {} } },
    'an object with status, headers, body',
  ],
])('a fetch that gives %s is told so', async (_, response, received) => {
  const options = {
    fetch: async () => response as Response,
    cacheDir: join(folder, 'cache-other'),
  };
  await expect(loadCard('http://host/vae', options)).rejects.toMatchObject({
    code: 'invalid-argument',
    message: `fetch: expected a function that gives a Response, as globalThis.fetch does, received ${received}.`,
  });
});

test('as large as cards say: maxBytes has no end', async () => {
  expect(await loadCard(folder, { maxBytes: Number.POSITIVE_INFINITY })).toEqual(card);
});

test.each(
  Object.entries({
    loadAutoencoder,
    loadCard,
    loadDecoder,
    loadEncoder,
    loadGolden,
    loadGraphs,
    openGraphs,
  }),
)('%s names the option that was meant', async (_, load) => {
  await expect(load(folder, { devices: 'cpu' } as object)).rejects.toMatchObject({
    code: 'invalid-argument',
    message: expect.stringMatching(/^options: expected 'device' or '.*', received 'devices'\.$/),
  });
});
