import { expect, test } from '@jest/globals';
import { tensor } from '../tensor.ts';
import { fakeCard } from '../testing.ts';
import type { Items } from './batch.ts';
import { itemsOf, type PictureReader } from './pictures.ts';

const card = fakeCard();
const made = tensor(new Float32Array(4), [1, 4]);
const { signal } = new AbortController();

/** What the reader of pictures was given, if it was. */
async function readOf(batch: unknown) {
  const seen: unknown[] = [];
  const read: PictureReader<unknown> = async (pictures, ...rest) => {
    seen.push([...pictures], ...rest);
    return made;
  };
  return { items: await itemsOf<unknown>(batch as Items, card, read, signal), seen };
}

test.each<[string, unknown, unknown[]]>([
  ['a path', 'cat.png', ['cat.png']],
  ['paths', ['cat.png', 'dog.png'], ['cat.png', 'dog.png']],
  ['a set', new Set(['cat.png']), ['cat.png']],
  ['an object', { width: 2 }, [{ width: 2 }]],
])('%s is read', async (_, batch, pictures) => {
  expect(await readOf(batch)).toEqual({ items: made, seen: [pictures, card, { signal }] });
});

test.each<[unknown, string]>([
  [[], 'items: expected pictures, received none.'],
  [new Set(), 'items: expected pictures, received none.'],
  [undefined, 'items: expected items or pictures, received undefined.'],
  [null, 'items: expected items or pictures, received null.'],
])('%p is refused', async (batch, message) => {
  await expect(readOf(batch)).rejects.toThrow(expect.objectContaining({ message }));
});

test.each<[string, unknown]>([
  ['a tensor', made],
  ['floats', new Float32Array(4)],
  ['bytes', new Uint8Array(4)],
])('%s is items already', async (_, batch) => {
  const { items, seen } = await readOf(batch);
  expect(items).toBe(batch);
  expect(seen).toEqual([]);
});

test('without a reader nothing is looked at', () => {
  const batch = 'cat.png' as unknown as Items;
  expect(itemsOf(batch, card, undefined, signal)).toBe(batch);
});
