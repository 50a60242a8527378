import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { checkCreatable, ensureWritableFolder, writeFileAtomically } from './files.ts';
import { codeOf, removeTemporaryFolders, temporaryFolder } from './testing.ts';

afterAll(removeTemporaryFolders);

describe('writeFileAtomically', () => {
  test('replaces a file and leaves nothing beside it', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'file');
    await writeFileAtomically(path, 'first');
    await writeFileAtomically(path, Buffer.from('second'));
    expect(readFileSync(path, 'utf8')).toBe('second');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test('a write that fails leaves what was there', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'taken');
    mkdirSync(join(path, 'inner'), { recursive: true });
    expect(await codeOf(() => writeFileAtomically(path, 'x'))).toBe('unwritable');
    expect(readdirSync(folder)).toEqual(['taken']);
    expect(await codeOf(() => writeFileAtomically(join(folder, 'absent', 'file'), 'x'))).toBe(
      'unwritable',
    );
  });
});

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
