import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { fakeCard } from '@latentkit/core/testing';
import { sha256 as digest } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { browserCache, cardKey, fileKey } from '../sources/file-cache.ts';
import { memoryCaches } from '../sources/testing.ts';
import type { Door } from './door.ts';
import { evict, manifestMaker, prefetcher } from './keeper.ts';

const FOLDER = 'https://example.org/models/fake/';
const sha256 = (bytes: Uint8Array) => bytesToHex(digest(bytes));
const fileOf = (file: string, first: number) => {
  const bytes = Uint8Array.of(first, 0x61, 0x73, 0x6d);
  return { bytes, card: { file, bytes: bytes.length, sha256: sha256(bytes) } };
};

const ort = fileOf('ort.wasm', 0);
const files = ['encoder.onnx', 'encoder.fp16.onnx', 'decoder.onnx', 'golden.safetensors'].map(
  (name, i) => fileOf(name, i + 1),
);
const [encoder, half, decoder, golden] = files.map(({ card }) => card);
const sound = fakeCard();
const model = {
  ...sound,
  golden,
  graphs: {
    encoder: { ...sound.graphs.encoder, files: { fp32: encoder, fp16: half } },
    decoder: { ...sound.graphs.decoder, files: { fp32: decoder } },
  },
};
const cardBytes = new TextEncoder().encode(JSON.stringify(model));

const door = {
  door: 'test',
  devices: ['wasm'],
  builds: { wasm: { file: { ...ort.card, name: 'ort.wasm' }, load: async () => ({}) } },
  wasmUrls: { 'ort.wasm': 'https://example.org/ort.wasm' },
  workerUrl: new URL('https://example.org/worker.mjs'),
} as unknown as Door;

const answer = async (input: unknown) => {
  const name = String(input).split('/').at(-1);
  const body =
    name === 'model.json'
      ? cardBytes
      : [ort, ...files].find(({ card }) => card.file === name)?.bytes;
  return body ? new Response(body as Uint8Array<ArrayBuffer>) : new Response('', { status: 404 });
};
const pageFetch = globalThis.fetch;

beforeEach(() => {
  globalThis.fetch = answer as typeof fetch;
});
afterEach(() => {
  globalThis.fetch = pageFetch;
  browserCache.failure = undefined;
  Reflect.deleteProperty(globalThis, 'caches');
});

const withRoom = (bytes?: number) =>
  Object.defineProperty(globalThis, 'caches', { value: memoryCaches(bytes), configurable: true });

test('evict keeps every file of a model that stays, with what its precisions are tried on', async () => {
  withRoom();
  await browserCache.put(cardKey(`${FOLDER}model.json`), cardBytes);
  for (const { card, bytes } of [ort, ...files])
    await browserCache.put(fileKey(card.sha256), bytes);
  await browserCache.put(fileKey('ff'.repeat(32)), new Uint8Array(9));
  // That of ONNX Runtime is not the real one here.
  expect(await evict({ keep: [FOLDER] })).toBe(9 + ort.bytes.length);
  for (const { card } of files) expect(await browserCache.has(fileKey(card.sha256))).toBe(true);
});

test('of a model that evict is to keep, and of which nothing is kept, the console tells', async () => {
  withRoom();
  const said = jest.spyOn(console, 'warn').mockImplementation(() => {});
  await evict({ keep: ['https://example.org/models/typo'] });
  expect(said.mock.calls).toEqual([[expect.stringMatching(/evict.*models\/typo/)]]);
  said.mockRestore();
});

test('prefetch is fulfilled where all is kept, and says by an error what was not, and why', async () => {
  withRoom();
  await prefetcher(door)(FOLDER);
  withRoom(cardBytes.length + 7);
  await expect(prefetcher(door)(FOLDER)).rejects.toMatchObject({
    code: 'unwritable',
    message: expect.stringMatching(
      / of 4 files could not be kept \(the browser has no room for all/,
    ),
  });
  Reflect.deleteProperty(globalThis, 'caches');
  browserCache.failure = undefined;
  await expect(prefetcher(door)(FOLDER)).rejects.toMatchObject({
    code: 'unwritable',
    message: expect.stringMatching(
      /^4 of 4 files could not be kept \(the browser has no Cache storage here\)/,
    ),
  });
});

test('what a listener of prefetch throws comes through as it is', async () => {
  withRoom();
  const own = new Error('a fault of the page');
  const onProgress = () => {
    throw own;
  };
  await expect(prefetcher(door)(FOLDER, { onProgress })).rejects.toBe(own);
});

test('a manifest has whole addresses', async () => {
  withRoom();
  const urls = (await manifestMaker(door)(FOLDER)).map(({ url }) => url);
  expect(urls.every((url) => new URL(url).protocol === 'https:')).toBe(true);
  expect(urls).toContain('https://example.org/worker.mjs');
});
