import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { takeLock } from './lock.ts';

afterAll(removeTemporaryFolders);

/** A lock of a process that no system has. */
const STALE = { pid: 2 ** 30, host: hostname(), began: null, since: 'long ago', id: 'other' };

test('is one process’s at a time, says whose, and is gone when it is given back', async () => {
  const path = join(temporaryFolder(), 'lock');
  const first = await takeLock(path);
  expect(first.heldBy).toBeUndefined();
  expect((await takeLock(path)).heldBy).toMatchObject({ pid: process.pid, host: hostname() });
  await first.release?.();
  expect(readdirSync(join(path, '..'))).toEqual([]);
});

test('goes to one of many that find a stale one, each in its turn', async () => {
  const path = join(temporaryFolder(), 'lock');
  for (let round = 0; round < 20; round++) {
    writeFileSync(path, JSON.stringify(STALE));
    const attempts = await Promise.all(Array.from({ length: 8 }, () => takeLock(path)));
    const mine = attempts.filter(({ heldBy }) => heldBy === undefined);
    expect(mine).toHaveLength(1);
    await mine[0]?.release?.();
  }
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux(
  'of a process that was ended, but that nobody has waited for yet, is taken over',
  async () => {
    // The shell becomes a program that never asks what has become of its child.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60']);
    try {
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(line);
      const path = join(temporaryFolder(), 'lock');
      writeFileSync(path, JSON.stringify({ ...STALE, pid }));
      expect((await takeLock(path)).heldBy).toMatchObject({ pid });
      process.kill(pid, 'SIGKILL');
      while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await setTimeout(5);
      expect((await takeLock(path)).heldBy).toBeUndefined();
    } finally {
      parent.kill();
    }
  },
);

test('that another took over meanwhile is not given back', async () => {
  const path = join(temporaryFolder(), 'lock');
  const lock = await takeLock(path);
  writeFileSync(path, JSON.stringify(STALE));
  await lock.release?.();
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(STALE);
});

test('that cannot be written is what the file system says', async () => {
  await expect(takeLock(join(temporaryFolder(), 'nowhere/lock'))).rejects.toThrow('ENOENT');
});
