import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { type ModelFiles, memorySource } from './memory-source.ts';
import type { LoadProgress } from './platform.ts';

const bytes = Uint8Array.of(1, 2, 3);

describe('memorySource', () => {
  test.each([
    ['a Uint8Array', bytes],
    ['an ArrayBuffer', bytes.slice().buffer],
    ['a Blob', new Blob([bytes])],
    ['a File', new File([bytes], 'a')],
    ['an array of another realm', runInNewContext('Uint8Array.of(1, 2, 3)') as Uint8Array],
  ])('reads %s', async (_, content) => {
    expect([...(await memorySource({ a: content }).read('a', {}))]).toEqual([1, 2, 3]);
  });

  test('gives bytes of its own realm as they are, without a copy', async () => {
    expect(await memorySource({ a: bytes }).read('a', {})).toBe(bytes);
    const foreign = runInNewContext('new Uint8Array([0, 1, 2, 3]).subarray(1, 3)') as Uint8Array;
    const read = await memorySource({ a: foreign }).read('a', {});
    expect(read).toBeInstanceOf(Uint8Array);
    expect([...read]).toEqual([1, 2]);
    expect(read.buffer).toBe(foreign.buffer);
  });

  test('copies memory that threads share, which hashes and ONNX Runtime do not take', async () => {
    const memory = new SharedArrayBuffer(8);
    const shared = new Uint8Array(memory, 2, 3);
    shared.set(bytes);
    const read = await memorySource({ a: shared }).read('a', {});
    expect(read).toEqual(bytes);
    expect(read.buffer).toBeInstanceOf(ArrayBuffer);
    await expect(crypto.subtle.digest('SHA-256', read as never)).resolves.toHaveProperty(
      'byteLength',
      32,
    );
  });

  test('tells the progress of files that the card names, which is all at once', async () => {
    const told: LoadProgress[] = [];
    const onProgress = (progress: LoadProgress) => told.push(progress);
    const source = memorySource({ 'model.json': bytes, a: bytes });
    expect(source.description).toBe('the files in memory');
    await source.read('model.json', { onProgress });
    expect(told).toEqual([]);
    const expected = { bytes: 5, sha256: '' };
    await source.read('a', { onProgress, expected });
    expect(told).toEqual([{ file: 'a', loaded: 3, total: 3 }]);
    await source.read('a', { expected });
  });

  test.each<[ModelFiles, string]>([
    [{ a: bytes, b: bytes }, 'a, b'],
    [{}, 'none'],
  ])('says which file is missing among which: %#', async (files, names) => {
    await expect(memorySource(files).read('toString', {})).rejects.toMatchObject({
      code: 'not-found',
      message: `toString is missing among the files in memory (${names}). Give every file of the model's folder by its name.`,
    });
  });

  test('refuses other contents, and a signal that has fired', async () => {
    const source = memorySource({ a: 'text' as never, b: bytes });
    await expect(source.read('a', {})).rejects.toMatchObject({
      code: 'invalid-argument',
      message: "files['a']: expected a Uint8Array, ArrayBuffer or Blob, received 'text'.",
    });
    await expect(source.read('b', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
      message: 'Reading b was aborted.',
    });
  });
});
