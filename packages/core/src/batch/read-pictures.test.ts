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

  test.each([['a.png'], [new Uint8Array(4)], [5], [null]])(
    'one that is not in a list is refused: %p',
    async (picture) => {
      const decoder = { decode: async () => grey(1), atATime: 1 };
      await expect(readPictures(picture as never, card, {}, decoder)).rejects.toMatchObject({
        code: 'invalid-argument',
        message: expect.stringContaining('in an array'),
      });
    },
  );
});

test('streamPictures cuts a stream into chunks', async () => {
  const chunks: (readonly number[])[] = [];
  const read = async (chunk: readonly number[]) => {
    chunks.push(chunk);
    return readPictures(chunk, card, {}, { decode: async (value) => grey(value), atATime: 1 });
  };
  const found: number[] = [];
  for await (const items of streamPictures([1, 2, 3, 4, 5], { chunkSize: 2 }, read))
    found.push(...firsts(items));
  expect(found).toEqual([1, 2, 3, 4, 5]);
  expect(chunks).toEqual([[1, 2], [3, 4], [5]]);
  await expect(streamPictures([1], { chunkSize: 0 }, read).next()).rejects.toMatchObject({
    code: 'invalid-argument',
  });
});
