import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WholeFile } from './whole-file.ts';

describe('WholeFile', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latentkit-whole-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('appears when it is finished, with all of its pieces', async () => {
    const path = join(folder, 'new/deep.txt');
    const file = await WholeFile.create(path, { makeFolders: true });
    await file.write('one ');
    await file.write(Uint8Array.of(0x32));
    expect(file.written).toBe(5);
    await expect(readFile(path)).rejects.toThrow(/ENOENT/);
    await file.finish();
    expect(await readFile(path, 'utf8')).toBe('one 2');
    expect(await readdir(join(folder, 'new'))).toEqual(['deep.txt']);
  });

  test('leaves what was there before when it is abandoned', async () => {
    const path = join(folder, 'kept.txt');
    await writeFile(path, 'before');
    const file = await WholeFile.create(path);
    await file.write('after');
    await file.abandon();
    expect(await readFile(path, 'utf8')).toBe('before');
    expect(await readdir(folder)).toEqual(['kept.txt']);
  });

  test('leaves no folder that was made for it when it is abandoned, or cannot be begun', async () => {
    const file = await WholeFile.create(join(folder, 'a/b/c.txt'), { makeFolders: true });
    await file.write('one');
    await file.abandon();
    const tooLong = join(folder, 'd/e', 'x'.repeat(300));
    await expect(WholeFile.create(tooLong, { makeFolders: true })).rejects.toThrow(/ENAMETOOLONG/);
    expect(await readdir(folder)).toEqual([]);
  });

  test('removes what a process left that was killed, and nothing of one that lives', async () => {
    const write = async (name: string) => {
      const child = spawnSync(process.execPath, ['-e', '']);
      const holder = { pid: child.pid, host: hostname(), began: null, since: '', id: name };
      await writeFile(join(folder, `.${name}.tmp`), 'half');
      await writeFile(join(folder, `.${name}.tmp.lock`), JSON.stringify(holder));
    };
    await write('part.txt.0000aaaa');
    await write('other.txt.0000aaaa');
    const path = join(folder, 'part.txt');
    const first = await WholeFile.create(path);
    await first.write('first');
    const second = await WholeFile.create(path);
    await second.write('second');
    await second.finish();
    await first.finish();
    expect(await readFile(path, 'utf8')).toBe('first');
    expect((await readdir(folder)).sort()).toEqual([
      '.other.txt.0000aaaa.tmp',
      '.other.txt.0000aaaa.tmp.lock',
      'part.txt',
    ]);
  });

  test('says which file could not be written, and why', async () => {
    await expect(WholeFile.create(join(folder, 'none/a.txt'))).rejects.toMatchObject({
      code: 'unwritable',
      message: expect.stringMatching(/Could not write .*a\.txt.*ENOENT/),
    });
  });
});
