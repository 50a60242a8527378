import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { errorOf, folderOf, removeTemporaryFolders } from '../testing.ts';
import { openPictures } from './open-source.ts';

afterAll(removeTemporaryFolders);

const NOBODY = 65_534;

/** Whoever is root reads what is closed to all. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

test('a folder that may not be read is passed over and said; alone it is the reason', async () => {
  const folder = await folderOf({ 'open/a.png': 'a', 'closed/b.png': 'b' });
  const closed = join(folder, 'closed');
  await chmod(folder, 0o755);
  await chmod(closed, 0);
  const { entries, faults } = await asNobody(() => openPictures(folder));
  expect(entries.map(({ id }) => id)).toEqual(['open/a.png']);
  expect(faults).toEqual([{ id: 'closed', reason: 'the folder cannot be read (EACCES)' }]);
  const error = await errorOf(() => asNobody(() => openPictures(closed)));
  expect([error.code, error.message]).toEqual([
    'invalid-data',
    expect.stringMatching(
      /no pictures in \S+closed\.\n +- \.: the folder cannot be read \(EACCES\)/,
    ),
  ]);
  await chmod(closed, 0o755);
  expect((await openPictures(folder)).entries).toHaveLength(2);
});
