import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { lookAtData } from './look-at-data.ts';
import {
  folderOf,
  npy,
  picture,
  pictures,
  removeTemporaryFolders,
  temporaryFolder,
} from './testing.ts';

let cacheDir: string;
beforeAll(() => {
  cacheDir = temporaryFolder();
});
afterAll(removeTemporaryFolders);

test('counts pictures, classes, bad and other files, and tells their sizes', async () => {
  const folder = await folderOf({
    ...pictures(6, (i) => `cat/${i}.png`),
    ...pictures(3, (i) => `dog/${i}.png`, { width: 20, height: 30, channels: 4 }),
    'dog/bad.png': 'text',
    'dog/worse.jpg': 'text too',
    'dog/notes.txt': 'about dogs',
  });
  const found = await lookAtData({ path: folder, cacheDir });
  expect(found).toMatchObject({
    count: 9,
    others: 1,
    pictures: { sampled: 9, width: [16, 20], height: [16, 30], grey: 0, transparent: 0 },
    classes: [
      { name: 'cat', count: 6 },
      { name: 'dog', count: 3 },
    ],
    bad: [{ id: 'dog/bad.png' }, { id: 'dog/worse.jpg' }],
  });
  expect(found.data.itemShape).toEqual([16, 16, 3]);
});

test('tells of a picture that stands on both sides', async () => {
  const folder = await folderOf({
    ...pictures(5, (i) => `train/${i}.png`),
    'test/copy.png': picture(3),
    'test/other.png': picture(77),
  });
  const { nearDuplicates, data } = await lookAtData({ path: folder, cacheDir });
  expect(data.test.count).toBe(2);
  expect(nearDuplicates).toEqual([{ train: 3, test: 0 }]);
});

test('arrays are as the items are', async () => {
  const path = join(temporaryFolder(), 'a.npy');
  await writeFile(
    path,
    npy(
      '|u1',
      [4, 8, 8],
      new Uint8Array(256).map((_, i) => i),
    ),
  );
  const found = await lookAtData({ path, cacheDir });
  expect(found).toMatchObject({ count: 4, others: 0, classes: [], bad: [] });
  expect(found.pictures).toBeUndefined();
});
