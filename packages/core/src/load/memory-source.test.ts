import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { memorySource } from './memory-source.ts';

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

  test('says which file is missing among which', async () => {
    const source = memorySource({ a: bytes });
    await expect(source.read('toString', {})).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/toString is missing.*\(a\)/),
    });
  });

  test('refuses other contents, and a signal that has fired', async () => {
    const source = memorySource({ a: 'text' as never, b: bytes });
    await expect(source.read('a', {})).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(source.read('b', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});
