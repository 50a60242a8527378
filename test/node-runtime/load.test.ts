import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadAutoencoder, loadDecoder, loadEncoder } from '@latentkit/node';
import { readModel, writeModel } from '@latentkit/onnx';
import {
  cardFile,
  sha256,
  tinyItems,
  tinyMeans,
  tinyModel,
  writeFiles,
} from '../fixtures/tiny-model.ts';

const { card, files } = tinyModel();
const items = tinyItems(3);
let root: string;
let folder: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentkit-load-'));
  folder = await writeFiles(join(root, 'model'), files);
});
afterAll(() => rm(root, { recursive: true }));

describe('loadAutoencoder', () => {
  test.each<[string, () => string | URL | Record<string, Uint8Array>]>([
    ['a folder', () => folder],
    ['a file URL', () => pathToFileURL(folder)],
    ['a file URL as a string', () => pathToFileURL(folder).href],
    ['bytes', () => files],
  ])('loads from %s and computes the right rows', async (_, source) => {
    await using vae = await loadAutoencoder(source(), { latent: 'gaussian' });
    expect(vae.device.name).toBe('cpu');
    expect(vae.card).toEqual(card);
    const z = await vae.encoder.embed(items);
    expect(z.dims).toEqual([3, 2]);
    const means = tinyMeans(items);
    z.data.forEach((value, i) => {
      expect(value).toBeCloseTo(means[i] as number, 5);
    });
    const { mean } = await vae.decoder.decode(z);
    expect(mean.dims).toEqual([3, 2, 2, 1]);
    expect([...mean.data].every((p) => p > 0 && p < 1)).toBe(true);
    expect((await vae.sample(5, { seed: 1 })).mean.dims).toEqual([5, 2, 2, 1]);
  });

  test('one half needs only its own file', async () => {
    const { 'encoder.onnx': encoder, ...withoutEncoder } = files;
    const { 'decoder.onnx': decoder, ...withoutDecoder } = files;
    expect(encoder && decoder).toBeTruthy();
    await using onlyEncoder = await loadEncoder(withoutDecoder);
    expect((await onlyEncoder.embed(items)).dims).toEqual([3, 2]);
    await using onlyDecoder = await loadDecoder(withoutEncoder);
    expect((await onlyDecoder.decode(new Float32Array(4))).mean.dims).toEqual([2, 2, 2, 1]);
    await expect(loadEncoder(withoutEncoder)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('loading refuses, with a typed error,', () => {
  const altered = (name: string, change: (bytes: Uint8Array) => Uint8Array) => ({
    ...files,
    [name]: change((files[name] as Uint8Array).slice()),
  });
  const withCard = (changes: object) => ({ ...files, ...cardFile({ ...card, ...changes }) });

  test.each<[string, () => Record<string, Uint8Array>, string]>([
    ['a missing file', () => ({ ...cardFile(card) }), 'not-found'],
    [
      'an altered file',
      () =>
        altered('encoder.onnx', (bytes) => {
          bytes[100] = (bytes[100] as number) ^ 1;
          return bytes;
        }),
      'integrity',
    ],
    [
      'a truncated file',
      () => altered('decoder.onnx', (bytes) => bytes.subarray(0, -1)),
      'integrity',
    ],
    [
      'a file with a byte too many',
      () => altered('decoder.onnx', (bytes) => Uint8Array.of(...bytes, 0)),
      'integrity',
    ],
    ['a card of another format', () => withCard({ format: 99 }), 'unsupported-format'],
    ['a card without a latent', () => withCard({ latent: undefined }), 'invalid-card'],
    [
      'a card that is no JSON',
      () => ({ ...files, 'model.json': Uint8Array.of(123, 34) }),
      'invalid-card',
    ],
  ])('%s', async (_, source, code) => {
    await expect(loadAutoencoder(source())).rejects.toMatchObject({ code });
  });

  test.each([
    [
      'altered',
      (bytes: Uint8Array) => Uint8Array.of((bytes[0] as number) ^ 1, ...bytes.subarray(1)),
    ],
    ['a byte too short', (bytes: Uint8Array) => bytes.subarray(0, -1)],
    ['a byte too long', (bytes: Uint8Array) => Uint8Array.of(...bytes, 0)],
  ])('a file of a folder that is %s', async (name, change) => {
    const damaged = altered('encoder.onnx', change);
    const folder = await writeFiles(join(root, name.replaceAll(' ', '-')), damaged);
    await expect(loadAutoencoder(folder)).rejects.toMatchObject({
      code: 'integrity',
      file: 'encoder.onnx',
    });
  });

  test.each<[string, string]>([
    ['a parent folder', '../outside.onnx'],
    ['an absolute path', '/etc/passwd'],
    ['a backslash', '..\\outside.onnx'],
  ])('a card that names %s', async (_, file) => {
    const graphs = structuredClone(card.graphs);
    graphs.encoder.files.fp32.file = file;
    await expect(loadAutoencoder(withCard({ graphs }))).rejects.toMatchObject({
      code: 'invalid-card',
    });
  });

  test('a file that is a link to outside the folder', async () => {
    const outside = join(root, 'outside.onnx');
    await writeFile(outside, files['encoder.onnx'] as Uint8Array);
    const { 'encoder.onnx': _, ...rest } = files;
    const linked = await writeFiles(join(root, 'linked'), rest);
    await symlink(outside, join(linked, 'encoder.onnx'));
    await expect(loadAutoencoder(linked)).rejects.toMatchObject({
      code: 'invalid-card',
      message: expect.stringContaining('outside the model'),
    });
  });

  test.each([['weights.bin'], ['../weights.bin'], ['/etc/passwd']])(
    'weights in another file (%s)',
    async (location) => {
      const model = readModel(files['encoder.onnx'] as Uint8Array);
      for (const tensor of model.graph.initializers.values()) {
        tensor.external = { location, offset: 0, length: 4 };
      }
      const bytes = writeModel(model);
      const graphs = structuredClone(card.graphs);
      const file = graphs.encoder.files.fp32;
      Object.assign(file, { bytes: bytes.length, sha256: sha256(bytes) });
      const outside = { ...withCard({ graphs }), 'encoder.onnx': bytes };
      await expect(loadAutoencoder(outside)).rejects.toMatchObject({
        code: 'integrity',
        message: expect.stringContaining('keeps weights in another file'),
      });
    },
  );

  test('a folder that does not exist, and a source of no known kind', async () => {
    await expect(loadAutoencoder(join(root, 'nowhere'))).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('model.json'),
    });
    await expect(loadAutoencoder(7 as never)).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(loadAutoencoder(files, null as never)).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    await expect(loadAutoencoder(files, { device: 'gpu' as never })).rejects.toMatchObject({
      code: 'invalid-argument',
    });
  });
});
