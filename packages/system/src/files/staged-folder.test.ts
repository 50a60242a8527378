import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { codeOf, removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { checkReplaceable, stageFolder } from './staged-folder.ts';

const MODEL = { what: 'model folder', earlier: 'an earlier export', mark: 'model.json' };

afterAll(removeTemporaryFolders);

describe('stageFolder', () => {
  const withOld = () => {
    const folder = join(temporaryFolder(), 'model');
    mkdirSync(folder);
    writeFileSync(join(folder, 'old'), 'old');
    return folder;
  };

  test('puts the new folder in the place of the old one', async () => {
    const folder = withOld();
    const result = await stageFolder(folder, async (staging) => {
      await writeFile(join(staging, 'new'), 'new');
      expect(readdirSync(folder)).toEqual(['old']);
      return 7;
    });
    expect(result).toBe(7);
    expect(readdirSync(folder)).toEqual(['new']);
    expect(readdirSync(join(folder, '..'))).toEqual(['model']);
  });

  test('when filling fails, everything is as before', async () => {
    const folder = withOld();
    const fill = async (staging: string) => {
      await writeFile(join(staging, 'half'), '');
      throw new Error('no more');
    };
    await expect(stageFolder(folder, fill)).rejects.toThrow('no more');
    expect(readFileSync(join(folder, 'old'), 'utf8')).toBe('old');
    expect(readdirSync(join(folder, '..'))).toEqual(['model']);
  });

  test('removes what a process left that was killed, and nothing of one that lives', async () => {
    const folder = withOld();
    const around = join(folder, '..');
    const write = (name: string, mark: string) => {
      const child = spawnSync(process.execPath, ['-e', '']);
      const holder = { pid: child.pid, host: hostname(), began: null, since: '', id: name };
      mkdirSync(join(around, `.${name}.tmp`));
      writeFileSync(join(around, `.${name}.tmp`, 'half'), mark);
      writeFileSync(join(around, `.${name}.tmp.lock`), JSON.stringify(holder));
    };
    write('model.0000aaaa', 'of a killed one');
    write('other.0000aaaa', 'of another folder');
    mkdirSync(join(around, '.model.0000bbbb.tmp'));
    await stageFolder(folder, async (outer) => {
      await stageFolder(folder, async () => {});
      expect(readdirSync(around)).toContain(basename(outer));
    });
    expect(readdirSync(around).sort()).toEqual([
      '.model.0000bbbb.tmp',
      '.other.0000aaaa.tmp',
      '.other.0000aaaa.tmp.lock',
      'model',
    ]);
    // Killed between the two renamings.
    write('model.0000cccc', 'new');
    renameSync(folder, join(around, '.model.0000cccc.tmp-old'));
    writeFileSync(join(around, '.model.0000cccc.tmp-old', 'old'), 'old');
    await expect(stageFolder(folder, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(readFileSync(join(folder, 'old'), 'utf8')).toBe('old');
    expect(readdirSync(around).filter((name) => name.includes('cccc'))).toEqual([]);
  });

  test.each(['ENOSPC', 'EDQUOT'])('a disk that is full (%s) is told as such', async (code) => {
    const root = temporaryFolder();
    const folder = join(root, 'models/new/model');
    const fill = () => Promise.reject(Object.assign(new Error(`${code}: no room`), { code }));
    await expect(stageFolder(folder, fill)).rejects.toMatchObject({
      code: 'unwritable',
      message: expect.stringMatching(/^Could not write .*model: .*no room.*disk/),
    });
    expect(readdirSync(root)).toEqual([]);
  });
});

describe('checkReplaceable', () => {
  test('takes a folder that is absent, empty, or an earlier export', async () => {
    const parent = temporaryFolder();
    await checkReplaceable(join(parent, 'absent'), MODEL);
    await checkReplaceable(parent, MODEL);
    writeFileSync(join(parent, 'model.json'), '');
    writeFileSync(join(parent, 'encoder.onnx'), '');
    await checkReplaceable(parent, MODEL);
  });

  test('refuses a file, and a folder that holds anything else', async () => {
    const parent = temporaryFolder();
    const file = join(parent, 'file');
    writeFileSync(file, '');
    expect(await codeOf(() => checkReplaceable(file, MODEL))).toBe('unwritable');
    expect(await codeOf(() => checkReplaceable(parent, MODEL))).toBe('invalid-argument');
  });
});
