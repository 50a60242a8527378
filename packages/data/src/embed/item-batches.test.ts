import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ModelCard } from '@latentkit/core';
import { errorOf, folderOf, picture, pictures, removeTemporaryFolders } from '../testing.ts';
import { itemBatches } from './item-batches.ts';

const card = {
  name: 'fake',
  item: { shape: [16, 16, 3], layout: 'HWC', range: [0, 1] },
  preprocessing: { scale: 1 / 255, offset: 0 },
} as unknown as ModelCard;

let folder: string;
beforeAll(async () => {
  folder = await folderOf(pictures(5, (i) => `${i}.png`));
  await writeFile(join(folder, '2.png'), 'no picture');
});
afterAll(removeTemporaryFolders);

test('gives items with the ids of their files, and tells of those that are none', async () => {
  const bad: string[] = [];
  const told: string[] = [];
  const opened: (readonly string[])[] = [];
  const seen: [readonly string[], number][] = [];
  const batches = itemBatches(folder, card, {
    batchSize: 3,
    onOpen: (ids) => void opened.push(ids),
    onBad: ({ id }) => void bad.push(id),
    onProgress: (progress) => void told.push(`${progress.done}/${progress.total}`),
  });
  for await (const { ids, items } of batches) seen.push([ids, items.length]);
  expect(seen).toEqual([
    [['0.png', '1.png', '3.png'], 3 * 768],
    [['4.png'], 768],
  ]);
  expect(opened).toEqual([['0.png', '1.png', '2.png', '3.png', '4.png']]);
  expect([bad, told.at(-1)]).toEqual([['2.png'], '5/5']);
});

test('gives a conditional model the label of each item, where it is asked for', async () => {
  const of = async (labelled: boolean, from: string, condition?: { labels: string[] }) => {
    const labels: unknown[] = [];
    const options = { batchSize: 2, labelled };
    const batches = itemBatches(from, { ...card, condition } as ModelCard, options);
    for await (const batch of batches) labels.push(batch.labels);
    return labels;
  };
  const named = await folderOf(pictures(3, (i) => `${'aab'[i]}/${i}.png`));
  const condition = { labels: ['a', 'b'] };
  expect(await of(true, named, condition)).toEqual([['a', 'a'], ['b']]);
  expect(await of(false, named, condition)).toEqual([undefined, undefined]);
  expect(await of(true, named)).toEqual([undefined, undefined]);
  expect((await errorOf(() => of(true, folder, condition))).message).toMatch(
    /^condition: expected one of the labels \(a, b\) for all items, or each item in a folder/,
  );
});

test('tells how far it is where the last pictures are none', async () => {
  const told: string[] = [];
  const files = { '0.png': picture(0), '1.png': picture(1), '2.png': 'no picture' };
  const onProgress = ({ done, total, bad }: { done: number; total: number; bad: number }) =>
    void told.push(`${done}/${total}, ${bad} bad`);
  for await (const _ of itemBatches(await folderOf(files), card, { batchSize: 2, onProgress }));
  expect(told).toEqual(['2/3, 0 bad', '3/3, 1 bad']);
});

test('refuses pictures of which none can be read, once each was told of', async () => {
  const bad: string[] = [];
  const files = { 'a.png': 'no picture', 'b.png': 'nor this' };
  const batches = itemBatches(await folderOf(files), card, {
    onBad: ({ id }) => void bad.push(id),
  });
  const error = await errorOf(() => batches.next());
  expect(error.code).toBe('invalid-data');
  expect(error.message).toMatch(
    /^None of the 2 pictures in .* can be read:\n {2}- a\.png: it is no/,
  );
  expect(bad).toEqual(['a.png', 'b.png']);
});

test('gives the pixels of a picture of the same size as they are', async () => {
  const file = join(await folderOf({ 'one.png': picture(3) }), 'one.png');
  const [batch] = [(await itemBatches(file, card).next()).value];
  expect(batch?.ids).toEqual([file]);
  expect(Array.from(batch?.items.subarray(0, 3) ?? [])).toEqual([159, 250, 85]);
});

test.each([
  ['a batch of none', { batchSize: 0 }, 'invalid-argument'],
  ['no function to tell', { onOpen: 1 as never }, 'invalid-argument'],
  ['a signal that fired', { signal: AbortSignal.abort() }, 'aborted'],
])('refuses %s', async (_, options, code) => {
  expect((await errorOf(() => itemBatches(folder, card, options).next())).code).toBe(code);
});
