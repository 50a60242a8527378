import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { errorOf, removeTemporaryFolders, smallRun, temporaryFolder } from '../../testing.ts';
import { resumeTraining, train } from '../train.ts';
import { LOCK_FILE, withRunLock } from './run-lock.ts';

afterAll(removeTemporaryFolders);

const lockOf = (runDir: string) => join(runDir, LOCK_FILE);
/** More than any system gives. */
const NOBODY = 2 ** 30;

function writeLock(runDir: string, changes: object): void {
  const lock = { pid: NOBODY, host: hostname(), began: null, since: 'long ago', id: 'other' };
  writeFileSync(lockOf(runDir), JSON.stringify({ ...lock, ...changes }));
}

describe('the lock of a run folder', () => {
  test('lets one in at a time, names the holder, and is gone afterwards', async () => {
    const runDir = temporaryFolder();
    await withRunLock(runDir, async () => {
      const error = await errorOf(() => withRunLock(runDir, async () => undefined));
      expect(error).toMatchObject({ code: 'in-use' });
      expect(error.message).toContain(`process ${process.pid} on ${hostname()}`);
    });
    expect(readdirSync(runDir)).toEqual([]);
    expect(await withRunLock(runDir, async () => 7)).toBe(7);
  });

  test('is given back when the work fails', async () => {
    const runDir = temporaryFolder();
    const failing = withRunLock(runDir, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(existsSync(lockOf(runDir))).toBe(false);
  });

  test.each<[string, object]>([
    ['of a process that is gone', {}],
    ['of a process whose number another has now', { pid: process.pid, began: '1' }],
  ])('%s is taken over', async (_, changes) => {
    const runDir = temporaryFolder();
    writeLock(runDir, changes);
    await withRunLock(runDir, async () => {
      expect(JSON.parse(readFileSync(lockOf(runDir), 'utf8'))).toMatchObject({ pid: process.pid });
    });
    expect(readdirSync(runDir)).toEqual([]);
  });

  test.each(['', '{"pid":', '{"pid":"x"}', 'null'])('that holds %j is nobody’s', async (text) => {
    const runDir = temporaryFolder();
    writeFileSync(lockOf(runDir), text);
    expect(await withRunLock(runDir, async () => 'in')).toBe('in');
  });

  test('of another machine stands, and how to end it is said', async () => {
    const runDir = temporaryFolder();
    writeLock(runDir, { host: 'elsewhere' });
    const error = await errorOf(() => withRunLock(runDir, async () => undefined));
    expect(error.message).toMatch(/on elsewhere.*delete .*lock\.json/);
    expect(existsSync(lockOf(runDir))).toBe(true);
  });

  test('goes to one of many that find a stale one', async () => {
    const runDir = temporaryFolder();
    writeLock(runDir, {});
    let inside = 0;
    let most = 0;
    const attempts = Array.from({ length: 8 }, () =>
      withRunLock(runDir, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 20));
        inside -= 1;
      }).then(
        () => 'in',
        (error: { code: string }) => error.code,
      ),
    );
    const outcomes = await Promise.all(attempts);
    expect(most).toBe(1);
    expect(outcomes).toContain('in');
    expect(new Set(outcomes)).toEqual(new Set(['in', 'in-use']));
  });

  test('removes what a killed write left behind, and nothing else', async () => {
    const runDir = temporaryFolder();
    writeFileSync(join(runDir, '.checkpoint.safetensors.1a2b3c4d.tmp'), 'half');
    writeFileSync(join(runDir, 'notes.tmp'), 'mine');
    await withRunLock(runDir, async () => undefined);
    expect(readdirSync(runDir)).toEqual(['notes.tmp']);
  });
});

test('a run that is being trained is neither trained over nor resumed', async () => {
  const runDir = temporaryFolder();
  const refused: string[] = [];
  const attempts: Promise<void>[] = [];
  const note = (attempt: Promise<unknown>) => {
    attempts.push(
      attempt.then(
        () => void refused.push('let in'),
        (error: { code: string }) => void refused.push(error.code),
      ),
    );
  };
  const result = await train(smallRun(runDir), {
    onEvent: (event) => {
      if (event.type !== 'step' || event.step !== 2) return;
      note(resumeTraining({ runDir }));
      note(train(smallRun(runDir), { overwrite: true }));
    },
  });
  await Promise.all(attempts);
  expect(refused).toEqual(['in-use', 'in-use']);
  expect(result.history).toEqual((await train(smallRun(temporaryFolder()))).history);
});
