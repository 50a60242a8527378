import { describe, expect, test } from '@jest/globals';
import type { Pixels } from '../images/pixels.ts';
import { fakeCard } from '../testing.ts';
import { readPictures, streamPictures } from './read-pictures.ts';

/** Items [2, 2, 1], values from 0 to 1. */
const card = fakeCard();
const grey = (value: number): Pixels => ({
  data: new Uint8Array(4).fill(value),
  width: 2,
  height: 2,
  channels: 1,
});
const firsts = ({ data }: { data: Float32Array }) =>
  Array.from({ length: data.length / 4 }, (_, i) => Math.round((data[4 * i] as number) * 255));

describe('readPictures', () => {
  test('keeps the order, and decodes no more at a time than it is told', async () => {
    let underWay = 0;
    let most = 0;
    const decode = async (value: number) => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, value % 3));
      underWay -= 1;
      return grey(value);
    };
    const values = [9, 1, 8, 2, 7, 3, 6];
    const items = await readPictures(values, card, {}, { decode, atATime: 2 });
    expect(items.dims).toEqual([7, 2, 2, 1]);
    expect(firsts(items)).toEqual(values);
    expect(most).toBe(2);
  });

  test('takes what may change at once, before anything is waited for', async () => {
    const shown = { value: 5 };
    const reading = readPictures<number | typeof shown>(
      [1, shown],
      card,
      {},
      {
        decode: async (value) => grey(value as number),
        decodeNow: (picture) => (typeof picture === 'object' ? grey(picture.value) : undefined),
        atATime: 1,
      },
    );
    shown.value = 6;
    expect(firsts(await reading)).toEqual([1, 5]);
  });

  test('stops at the first failure, and at an abort', async () => {
    const begun: number[] = [];
    const controller = new AbortController();
    const decode = async (value: number) => {
      begun.push(value);
      if (value === 2) throw new Error('broken');
      if (value === 5) controller.abort();
      return grey(value);
    };
    const broken = readPictures([1, 2, 3, 4], card, {}, { decode, atATime: 1 });
    await expect(broken).rejects.toThrow('broken');
    expect(begun).toEqual([1, 2]);
    const { signal } = controller;
    const aborted = readPictures([5, 6], card, { signal }, { decode, atATime: 1 });
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' });
    expect(begun).toEqual([1, 2, 5]);
  });

  test('tells what decodes which size is wanted, and what was said beside', async () => {
    const seen: unknown[] = [];
    const decode = async (...given: unknown[]) => {
      seen.push(given);
      return grey(1);
    };
    const options = { fit: 'contain' } as const;
    await readPictures(['a.png'], card, options, { decode, atATime: 1 });
    const target = { width: 2, height: 2, channels: 1, fit: 'contain' };
    expect(seen).toEqual([['a.png', target, options]]);
  });

  test('no pictures are no items', async () => {
    const decoder = { decode: async () => grey(1), atATime: 2 };
    expect(await readPictures([], card, {}, decoder)).toEqual({
      data: new Float32Array(),
      dims: [0, 2, 2, 1],
      dtype: 'float32',
    });
  });

  test('an abort before it begins, or at its end, ends it', async () => {
    const seen: unknown[] = [];
    const decoder = {
      decode: async (): Promise<Pixels> => grey(1),
      decodeNow: (picture: number) => void seen.push(picture),
      atATime: 1,
    };
    const aborted = { code: 'aborted', message: 'Reading images was aborted.' };
    const before = readPictures([1], card, { signal: AbortSignal.abort() }, decoder);
    await expect(before).rejects.toMatchObject(aborted);
    expect(seen).toEqual([]);
    const controller = new AbortController();
    const last = async () => {
      controller.abort();
      return grey(1);
    };
    const { signal } = controller;
    const atEnd = readPictures([1], card, { signal }, { decode: last, atATime: 1 });
    await expect(atEnd).rejects.toMatchObject(aborted);
  });

  test.each<[unknown, string]>([
    ['a.png', "'a.png'"],
    [new Uint8Array(4), 'a Uint8Array of 4'],
    [5, '5'],
    [null, 'null'],
    [{ width: 2 }, 'an object with width'],
  ])('one that is not in a list is refused: %p', async (picture, received) => {
    const message = `images: expected a list of images (put a single one in an array), received ${received}.`;
    const refused = { code: 'invalid-argument', message };
    const decoder = { decode: async () => grey(1), atATime: 1 };
    await expect(readPictures(picture as never, card, {}, decoder)).rejects.toMatchObject(refused);
    const stream = streamPictures(picture as never, card, {}, never);
    await expect(stream.next()).rejects.toMatchObject(refused);
  });

  test('options that are none are refused', async () => {
    const decoder = { decode: async () => grey(1), atATime: 1 };
    const refused = { message: 'options: expected an object of options, received null.' };
    await expect(readPictures([1], card, null as never, decoder)).rejects.toMatchObject(refused);
    await expect(streamPictures([1], card, null as never, never).next()).rejects.toMatchObject(
      refused,
    );
  });
});

const never = { decode: () => Promise.reject(new Error('was read')), atATime: 1 };

describe('streamPictures', () => {
  /** The chunks that a stream of so many pictures is read by. */
  async function chunksOf(source: Iterable<number> | AsyncIterable<number>, chunkSize?: number) {
    const chunks: number[][] = [];
    const read: number[] = [];
    const decode = async (value: number) => {
      read.push(value);
      return grey(value);
    };
    for await (const items of streamPictures(source, card, { chunkSize }, { decode, atATime: 1 })) {
      chunks.push(firsts(items));
      // None of a later chunk.
      expect(read).toEqual(chunks.flat());
    }
    return chunks;
  }

  async function* from(values: number[]) {
    yield* values;
  }

  test.each<[string, Iterable<number> | AsyncIterable<number>]>([
    ['a list', [1, 2, 3, 4, 5]],
    ['a set', new Set([1, 2, 3, 4, 5])],
    ['a stream', from([1, 2, 3, 4, 5])],
  ])('cuts %s into chunks', async (_, source) => {
    expect(await chunksOf(source, 2)).toEqual([[1, 2], [3, 4], [5]]);
  });

  test('reads no empty chunk', async () => {
    expect(await chunksOf([1, 2], 2)).toEqual([[1, 2]]);
    expect(await chunksOf([])).toEqual([]);
  });

  test('reads 32 at a time where nothing is said', async () => {
    const chunks = await chunksOf(Array.from({ length: 33 }, (_, i) => i));
    expect(chunks.map(({ length }) => length)).toEqual([32, 1]);
  });

  test('refuses chunks of none', async () => {
    await expect(streamPictures([1], card, { chunkSize: 0 }, never).next()).rejects.toMatchObject({
      code: 'invalid-argument',
      message: 'chunkSize: expected an integer of at least 1, received 0.',
    });
  });
});
