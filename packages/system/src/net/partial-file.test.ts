import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { PartialFile } from './partial-file.ts';

afterAll(removeTemporaryFolders);

const bytes = Buffer.from('downloaded');

describe('a part that is left', () => {
  test('is taken over once, with what is in it', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'key.part'), 'first ');
    const [one, other] = await Promise.all([
      PartialFile.claim(folder, 'key'),
      PartialFile.claim(folder, 'key'),
    ]);
    expect([one.size, other.size].sort()).toEqual([0, 6]);
    const mine = one.size > 0 ? one : other;
    await mine.append(bytes);
    expect(Buffer.from(await mine.read()).toString()).toBe('first downloaded');
    await Promise.all([one.remove(), other.remove()]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('by this process, by a living one, or by another machine lately, is left alone', async () => {
    const folder = temporaryFolder();
    const live = await PartialFile.claim(folder, 'key');
    await live.append(bytes);
    const foreign = `key.00000000.1.0-0-0-0-0.part`;
    writeFileSync(join(folder, foreign), 'theirs');
    const mine = await PartialFile.claim(folder, 'key');
    expect(mine.size).toBe(0);
    await mine.remove();
    const hourAgo = Date.now() / 1000 - 3600;
    utimesSync(join(folder, foreign), hourAgo, hourAgo);
    const taken = await PartialFile.claim(folder, 'key');
    expect(taken.size).toBe(6);
    await Promise.all([live.remove(), taken.remove()]);
  });

  test('weeks ago is deleted', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'key.part'), 'old');
    const old = Date.now() / 1000 - 8 * 24 * 3600;
    utimesSync(join(folder, 'key.part'), old, old);
    const mine = await PartialFile.claim(folder, 'key');
    expect([mine.size, readdirSync(folder).length]).toEqual([0, 1]);
    await mine.remove();
  });
});

describe('what somebody planted in the place of a part is removed, and its target untouched:', () => {
  const plants: [string, (path: string, target: string) => void][] = [
    ['a link', (path, target) => symlinkSync(target, path)],
    ['a dangling link', (path, target) => symlinkSync(`${target}-new`, path)],
    ['a link to a folder', (path, target) => symlinkSync(join(target, '..'), path)],
    ['a second name of a file', (path, target) => linkSync(target, path)],
    ['a pipe', (path) => void execFileSync('mkfifo', [path])],
  ];
  const names = ['key.part', 'key.00000000.999999999.0-0-0-0-0.part'];

  test.each(plants.flatMap(([what, plant]) => names.map((name) => [what, name, plant] as const)))(
    '%s at %s',
    async (_, name, plant) => {
      const root = temporaryFolder();
      const folder = join(root, 'partial');
      mkdirSync(folder);
      const target = join(root, 'target');
      writeFileSync(target, 'precious');
      plant(join(folder, name), target);
      const part = await PartialFile.claim(folder, 'key');
      expect(part.size).toBe(0);
      await part.append(bytes);
      await part.truncate(4);
      await part.finish(join(root, 'files', 'key'));
      expect(readFileSync(target, 'utf8')).toBe('precious');
      expect(existsSync(`${target}-new`)).toBe(false);
      expect(lstatSync(join(root, 'files', 'key')).isFile()).toBe(true);
      expect(readFileSync(join(root, 'files', 'key'), 'utf8')).toBe('down');
    },
  );

  test('a link in the place of the finished file, or of the part to leave, is replaced', async () => {
    const root = temporaryFolder();
    const target = join(root, 'target');
    writeFileSync(target, 'precious');
    for (const end of ['finish', 'abandon'] as const) {
      const folder = join(root, end);
      const part = await PartialFile.claim(folder, 'key');
      await part.append(bytes);
      symlinkSync(target, join(folder, 'key.part'));
      await (end === 'finish' ? part.finish(join(folder, 'key.part')) : part.abandon());
      expect(readFileSync(join(folder, 'key.part'), 'utf8')).toBe('downloaded');
    }
    expect(readFileSync(target, 'utf8')).toBe('precious');
  });
});

test('files and folders are for their user alone, also those that are taken over', async () => {
  const folder = join(temporaryFolder(), 'cache', 'partial');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'key.part'), 'x', { mode: 0o666 });
  const taken = await PartialFile.claim(folder, 'key');
  const fresh = await PartialFile.claim(folder, 'key');
  const modes = readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777);
  expect(modes).toEqual([0o600, 0o600]);
  await taken.finish(join(folder, '..', 'files', 'key'));
  expect(statSync(join(folder, '..', 'files')).mode & 0o777).toBe(0o700);
  await fresh.remove();
});
