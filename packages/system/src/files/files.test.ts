import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { codeOf, errorOf, removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { checkCreatable, ensureWritableFolder } from './folders.ts';
import { makeFolder } from './make-folder.ts';
import { unwritable } from './unwritable.ts';
import { writeFileWhole } from './write-file.ts';

afterAll(removeTemporaryFolders);

describe('writeFileWhole', () => {
  test('replaces a file and leaves nothing beside it', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'file');
    await writeFileWhole(path, 'first');
    await writeFileWhole(path, Buffer.from('second'));
    expect(readFileSync(path, 'utf8')).toBe('second');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test('a write that fails leaves what was there', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'taken');
    mkdirSync(join(path, 'inner'), { recursive: true });
    expect(await codeOf(() => writeFileWhole(path, 'x'))).toBe('unwritable');
    expect(readdirSync(folder)).toEqual(['taken']);
    expect(await codeOf(() => writeFileWhole(join(folder, 'absent', 'file'), 'x'))).toBe(
      'unwritable',
    );
  });
});

describe('makeFolder', () => {
  test('makes the folders around it, many at a time, and is content with what is there', async () => {
    const folder = join(temporaryFolder(), 'a', 'b', 'c');
    await Promise.all(Array.from({ length: 5 }, () => makeFolder(folder)));
    await makeFolder(folder);
    expect(statSync(folder).isDirectory()).toBe(true);
  });

  test('ends where the system says that a folder can never be', async () => {
    for (const path of ['/proc/nope', '/proc/nope/deeper/still', '/dev/null/x']) {
      await expect(makeFolder(path)).rejects.toThrow(/ENOENT|EPERM|ENOTDIR/);
    }
  });

  test('a file or a dangling link in the way is an error', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
    for (const name of ['file', 'file/inside', 'link']) {
      await expect(makeFolder(join(folder, name))).rejects.toThrow(/EEXIST|ENOTDIR/);
    }
  });
});

describe('folders that were made for what failed', () => {
  test('go with it, outwards, as far as they are empty', async () => {
    const root = temporaryFolder();
    const tooLong = 'x'.repeat(300);
    const write = (path: string) => writeFileWhole(path, '', { makeFolders: true });
    expect(await codeOf(() => write(join(root, 'a/b', tooLong)))).toBe('unwritable');
    await expect(makeFolder(join(root, 'c/d', tooLong))).rejects.toThrow(/ENAMETOOLONG/);
    expect(readdirSync(root)).toEqual([]);
    // What was there stays, empty or not.
    mkdirSync(join(root, 'before'));
    expect(await codeOf(() => write(join(root, 'before/b', tooLong)))).toBe('unwritable');
    expect(readdirSync(root)).toEqual(['before']);
    const undo = await makeFolder(join(root, 'e/f'));
    writeFileSync(join(root, 'e/g'), '');
    await undo();
    expect(readdirSync(join(root, 'e'))).toEqual(['g']);
  });
});

describe('unwritable', () => {
  test.each([
    ['ENOSPC', 'The disk is full: free some space'],
    ['EROFS', 'read-only'],
    ['EACCES', 'change its permissions'],
    ['EDQUOT', 'share of the disk'],
    ['EIO', 'Choose another folder.'],
  ])('%s comes with advice', (code, advice) => {
    const cause = Object.assign(new Error(`${code}: it failed`), { code });
    expect(unwritable('Could not write /a', cause)).toMatchObject({
      code: 'unwritable',
      message: expect.stringContaining(advice),
      cause,
    });
  });

  test('the kernel’s own answer for a full disk', async () => {
    const { message } = await errorOf(() => writeFully('/dev/full'));
    expect(message).toMatch(/^Could not write \/dev\/full: ENOSPC.*free some space/);
  });
});

async function writeFully(path: string): Promise<void> {
  await writeFile(path, 'x').catch((cause) => {
    throw unwritable(`Could not write ${path}`, cause);
  });
}

describe('folders', () => {
  const blocked = () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, 'in the way');
    return file;
  };

  test('ensureWritableFolder makes it, and leaves it empty', async () => {
    const folder = join(temporaryFolder(), 'a', 'b');
    await ensureWritableFolder(folder, 'The folder');
    expect(readdirSync(folder)).toEqual([]);
    expect(await codeOf(() => ensureWritableFolder(join(blocked(), 'c'), 'The folder'))).toBe(
      'unwritable',
    );
  });

  test('checkCreatable makes nothing', async () => {
    const folder = join(temporaryFolder(), 'a', 'b');
    await checkCreatable(folder, 'The folder');
    expect(existsSync(folder)).toBe(false);
    const file = blocked();
    expect(await codeOf(() => checkCreatable(file, 'The folder'))).toBe('unwritable');
    expect(await codeOf(() => checkCreatable(join(file, 'c', 'd'), 'The folder'))).toBe(
      'unwritable',
    );
  });
});
