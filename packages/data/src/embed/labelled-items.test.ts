import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { ModelCard } from '@latentkit/core';
import { folderOf, npy, picture, pictures, removeTemporaryFolders } from '../testing.ts';
import { type LabelledBatch, type LabelledItems, labelledItems } from './labelled-items.ts';

afterAll(removeTemporaryFolders);

const card = {
  name: 'fake',
  item: { shape: [16, 16, 3], layout: 'HWC', range: [0, 1] },
  preprocessing: { scale: 1 / 255, offset: 0 },
} as unknown as ModelCard;

async function all({ batches }: LabelledItems): Promise<LabelledBatch[]> {
  const found: LabelledBatch[] = [];
  for await (const batch of batches(undefined)) found.push(batch);
  return found;
}

describe('labelledItems', () => {
  test('takes labels from folders, and leaves out what cannot be read', async () => {
    const folder = await folderOf({
      ...pictures(3, (i) => `cat/${i}.png`),
      ...pictures(2, (i) => `ant/${i}.png`),
      'ant/broken.png': 'no picture',
    });
    const bad: string[] = [];
    const items = await labelledItems(folder, card, {
      batchSize: 4,
      onBad: ({ id }) => void bad.push(id),
    });
    expect(items).toMatchObject({ total: 6, labelNames: ['ant', 'cat'], factorNames: [] });
    const batches = await all(items);
    expect(batches.map(({ ids, labels }) => ids.map((id, i) => `${id} ${labels?.[i]}`))).toEqual([
      ['ant/0.png ant', 'ant/1.png ant', 'cat/0.png cat', 'cat/1.png cat'],
      ['cat/2.png cat'],
    ]);
    expect(batches.map(({ items }) => items.length / 768)).toEqual([4, 1]);
    expect(batches[0]).not.toHaveProperty('factors');
    expect(bad).toEqual(['ant/broken.png']);
  });

  test('takes labels and factors from a table', async () => {
    const folder = await folderOf(pictures(4, (i) => `${i}.png`));
    const rows = [
      'file,label,weight,age',
      '0.png,10,1.5,7',
      '1.png,9,2,6',
      '2.png,10,0,5',
      '3.png,9,-1,4',
    ];
    await writeFile(join(folder, 'labels.csv'), rows.join('\n'));
    const items = await labelledItems(folder, card);
    // Numbers are in the order of numbers.
    expect(items).toMatchObject({ labelNames: ['9', '10'], factorNames: ['weight', 'age'] });
    const [batch] = await all(items);
    expect(batch!.labels).toEqual(['10', '9', '10', '9']);
    expect([...batch!.factors!]).toEqual([1.5, 7, 2, 6, 0, 5, -1, 4]);
  });

  test('says nothing of labels where pictures have none, and takes arrays', async () => {
    const folder = await folderOf({
      ...pictures(2, (i) => `${i}.png`),
      'a.npy': npy('|u1', [3, 16, 16, 3], new Uint8Array(3 * 768)),
    });
    const [batch] = await all(await labelledItems(join(folder, '*.png'), card));
    expect(batch).toEqual({ ids: ['0.png', '1.png'], items: expect.any(Uint8Array) });
    const array = await labelledItems(join(folder, 'a.npy'), card);
    expect(array).toMatchObject({ name: 'a.npy', total: 3, labelNames: [] });
    expect((await all(array)).map(({ ids }) => ids)).toEqual([['0', '1', '2']]);
  });

  test('leaves out and tells of pictures that cannot be read, and refuses where none can', async () => {
    const broken = Buffer.from('not a picture');
    const folder = await folderOf({ ...pictures(2, (i) => `${i}.png`), 'c.png': broken });
    const told: string[] = [];
    const onBad = ({ id }: { id: string }) => told.push(id);
    const items = await labelledItems(folder, card, { onBad });
    expect((await all(items)).flatMap(({ ids }) => ids)).toEqual(['0.png', '1.png']);
    expect(told).toEqual(['c.png']);
    const none = await labelledItems(await folderOf({ 'c.png': broken }), card);
    await expect(all(none)).rejects.toMatchObject({
      code: 'invalid-data',
      message: expect.stringMatching(/^The one picture in .* cannot be read:\n.*c\.png/),
    });
  });

  test('takes at most so many, over the whole of the source', async () => {
    const folder = await folderOf(pictures(10, (i) => `${i % 2 ? 'odd' : 'even'}/${i}.png`));
    const items = await labelledItems(folder, card, { limit: 4 });
    expect(items).toMatchObject({ total: 4, labelNames: ['even', 'odd'] });
    expect((await all(items)).flatMap(({ ids }) => ids)).toEqual([
      ...['even/0.png', 'even/4.png', 'odd/1.png', 'odd/5.png'],
    ]);
    expect((await labelledItems(folder, card, { limit: 99 })).total).toBe(10);
  });

  test.each<[string, object, string]>([
    ['limit', { limit: 0 }, 'limit'],
    ['batchSize', { batchSize: 1.5 }, 'batchSize'],
    ['onBad', { onBad: 3 }, 'onBad'],
  ])('refuses a wrong %s by name', async (_, options, name) => {
    const folder = await folderOf({ '0.png': picture(0) });
    await expect(labelledItems(folder, card, options)).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining(name),
    });
  });
});
