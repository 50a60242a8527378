import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { makeFolder } from '@latentkit/system';
import { checkEmptyFolder, checkNumberedFolder, fillFolder } from './own-folder.ts';

let folder: string;
const at = (path: string) => join(folder, path);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'own ä '));
  for (const name of ['photos/cats', 'drawn', 'empty', 'hidden']) {
    mkdirSync(at(name), { recursive: true });
  }
  for (const file of ['photos/cats/a.png', 'b.png', 'hidden/.DS_Store', 'drawn/.DS_Store']) {
    writeFileSync(at(file), 'mine');
  }
  for (const file of ['0000.png', '0001.png']) writeFileSync(at(`drawn/${file}`), 'earlier');
});

describe('numbered pictures', () => {
  test('go where nothing else is', () => {
    for (const out of ['drawn', 'empty', 'absent', 'photos/cats/a.png', 'b.png/', 'b.png/x']) {
      expect(() => checkNumberedFolder(at(out), 2)).not.toThrow();
    }
    expect(() => checkNumberedFolder(at('photos'), 2)).toThrow(
      /--out: expected a folder that is absent, empty, or holds earlier pictures \(0000\.png, …\) alone; there is cats, received/,
    );
    writeFileSync(at('drawn/00002.png'), '');
    expect(() => checkNumberedFolder(at('drawn'), 9)).toThrow('there is 00002.png');
  });

  test('do not stay among those of a shorter run', () => {
    expect(() => checkNumberedFolder(at('drawn'), 3)).not.toThrow();
    expect(() => checkNumberedFolder(at('drawn'), 1)).toThrow(
      '--out: expected a folder without pictures that would stay among the 1 of this run (there is 0001.png, of 2): name another, or remove them, received',
    );
  });
});

test('named pictures go where nothing is', () => {
  for (const out of ['empty', 'hidden', 'absent', 'b.png/']) {
    expect(() => checkEmptyFolder(at(out))).not.toThrow();
  }
  for (const [out, there] of [
    ['photos', 'cats'],
    ['drawn', '0000.png'],
  ] as const) {
    expect(() => checkEmptyFolder(at(out))).toThrow(
      `--out: expected a folder that is absent or empty; there is ${there}: name another, or remove what it holds, received`,
    );
  }
});

describe('a folder that is filled', () => {
  test('has all at the end, beside what systems put there', async () => {
    const files = await fillFolder(at('hidden'), async (staging) => {
      await makeFolder(join(staging, 'cats'));
      await writeFile(join(staging, 'cats/0.png'), 'new');
      expect(readdirSync(at('hidden'))).not.toContain('cats');
      return [join(staging, 'cats/0.png')];
    });
    expect(files).toEqual([at('hidden/cats/0.png')]);
    expect(readFileSync(files[0] as string, 'utf8')).toBe('new');
    expect(readdirSync(at('hidden')).sort()).toEqual(['.DS_Store', 'cats']);
  });

  test('is as it was where that fails', async () => {
    const fill = async (staging: string) => {
      await writeFile(join(staging, '0.png'), 'half');
      throw new Error('no more');
    };
    await expect(fillFolder(at('new/more'), fill)).rejects.toThrow('no more');
    await expect(fillFolder(at('empty'), fill)).rejects.toThrow('no more');
    expect(readdirSync(at('empty'))).toEqual([]);
    expect(readdirSync(folder)).not.toContain('new');
    await expect(fillFolder(at('b.png/more'), fill)).rejects.toMatchObject({ code: 'unwritable' });
  });
});
