import { rmSync } from 'node:fs';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { errorOf, folderOf, removeTemporaryFolders } from '../testing.ts';
import { openPictures } from './open-source.ts';
import { walkFolder } from './walk-folder.ts';

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

test('what goes away while a folder is looked through is left out as if it had never been there', async () => {
  const folder = await folderOf({ 'a.png': 'a', 'b.png': 'b', 'c/d.png': 'd', 'f.png': 'f' });
  await symlink(join(folder, 'a.png'), join(folder, 'e.png'));
  const walk = await walkFolder(folder, (id) => {
    if (id === 'a.png') {
      for (const gone of ['c', 'e.png']) rmSync(join(folder, gone), { recursive: true });
    }
    if (id === 'f.png') rmSync(join(folder, 'b.png'));
    return true;
  });
  expect(walk.files.map(({ id }) => id)).toEqual(['a.png', 'f.png']);
  expect([walk.others, walk.faults]).toEqual([0, []]);
});

test('a folder whose files may be listed but not opened says so of each', async () => {
  const folder = await folderOf({ 'a/b.png': 'b' });
  await symlink('b.png', join(folder, 'a/c.png'));
  await chmod(folder, 0o755);
  await chmod(join(folder, 'a'), 0o444);
  const error = await errorOf(() => asNobody(() => openPictures(folder)));
  await chmod(join(folder, 'a'), 0o755);
  expect([error.code, error.message]).toEqual([
    'invalid-data',
    expect.stringMatching(
      /- a\/c\.png: it cannot be opened \(EACCES\)\n +- a\/b\.png: it cannot be opened \(EACCES\)/,
    ),
  ]);
});

const namesAreBytes = process.platform === 'linux' ? test : test.skip;

namesAreBytes(
  'names that are no UTF-8 are told one by one; the rest of the folder is had',
  async () => {
    const folder = await folderOf({ 'a.png': 'a', '\ufffd.png': 'kept' });
    const bytes = (name: string) =>
      Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);
    await writeFile(bytes('x\xff.png'), 'x');
    await symlink('a.png', bytes('y\xff.png'));
    await mkdir(bytes('z\xff'));
    const { entries, faults } = await openPictures(folder);
    expect(entries.map(({ id }) => id)).toEqual(['a.png', '\ufffd.png']);
    expect(new Map(faults.map(({ id, reason }) => [id, reason]))).toEqual(
      new Map(['x\ufffd.png', 'y\ufffd.png', 'z\ufffd'].map((id) => [id, 'its name is no UTF-8'])),
    );
  },
);
