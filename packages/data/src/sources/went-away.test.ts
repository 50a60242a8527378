import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { LatentkitError } from '@latentkit/core';
import { errorOf, removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { ofSource } from './went-away.ts';

afterAll(removeTemporaryFolders);

test('a source that goes away between two looks is not found, by its name', async () => {
  const folder = temporaryFolder();
  for (const path of [folder, join(folder, 'list.txt')]) {
    const gone = join(folder, 'list.txt');
    const { code, message } = await errorOf(() => ofSource(path, () => readFile(gone)));
    expect([code, message]).toEqual(['not-found', `${gone} went away while it was looked at.`]);
  }
});

test('other faults stay what they are', async () => {
  const folder = temporaryFolder();
  const missing = ofSource(join(folder, 'list'), () => readFile(join(folder, 'list.txt')));
  await expect(missing).rejects.toMatchObject({ code: 'ENOENT' });
  const damaged = new LatentkitError('invalid-data', 'It is damaged.');
  await expect(ofSource(folder, () => Promise.reject(damaged))).rejects.toBe(damaged);
  await expect(ofSource(folder, () => readFile(folder))).rejects.toMatchObject({ code: 'EISDIR' });
  expect(await ofSource(folder, async () => 3)).toBe(3);
});
