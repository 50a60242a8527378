import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { damagesOf } from '@latentkit/system/damages-for-tests';
import { removeTemporaryFolders, temporaryFolder } from '../../testing.ts';
import { epochSeconds, LOG_FILE, openRunLog } from './run-log.ts';

afterAll(removeTemporaryFolders);

/** The lines without their checks. */
const lines = (runDir: string) =>
  readFileSync(join(runDir, LOG_FILE), 'utf8')
    .replaceAll(/,"check":"[0-9a-f]{16}"/g, '')
    .split('\n');

test('a log that is opened again is cut back to what the checkpoint knows, and goes on there', async () => {
  const runDir = temporaryFolder();
  const first = await openRunLog(runDir, 0);
  await first.append({ step: 1, note: 'ü' });
  const kept = first.bytes;
  await first.append({ step: 2 });
  await first.close();

  const second = await openRunLog(runDir, kept);
  await second.append({ step: 20 });
  await second.close();
  expect(lines(runDir)).toEqual(['{"step":1,"note":"ü"}', '{"step":20}', '']);
  expect(second.bytes).toBe(readFileSync(join(runDir, LOG_FILE)).length);
});

test('a log that is shorter than the checkpoint knows is gone on with, without zeros between', async () => {
  const runDir = temporaryFolder();
  const log = await openRunLog(runDir, 1000);
  await log.append({ step: 1 });
  await log.close();
  expect(lines(runDir)).toEqual(['{"step":1}', '']);
});

test('a new run starts an empty log', async () => {
  const runDir = temporaryFolder();
  for (const step of [1, 2]) {
    const log = await openRunLog(runDir, 0);
    await log.append({ step });
    await log.close();
  }
  expect(lines(runDir)).toEqual(['{"step":2}', '']);
});

test('what the epochs took is read back, whatever state the log is in', async () => {
  const runDir = temporaryFolder();
  expect((await epochSeconds(runDir)).size).toBe(0);
  const log = await openRunLog(runDir, 0);
  await log.append({ type: 'start', seconds: 99 });
  await log.append({ type: 'epoch', epoch: 1, seconds: 1.5 });
  await log.append({ type: 'step', epoch: 2 });
  await log.append({ type: 'epoch', epoch: 2, seconds: 2.5 });
  await log.close();
  appendFileSync(join(runDir, LOG_FILE), '{"type":"epoch","epoch":3,"sec');
  expect([...(await epochSeconds(runDir))]).toEqual([
    [1, 1.5],
    [2, 2.5],
  ]);
});

test('half a line at the end of what is kept is dropped', async () => {
  const runDir = temporaryFolder();
  const log = await openRunLog(runDir, 0);
  await log.append({ step: 1 });
  const whole = log.bytes;
  await log.append({ step: 2 });
  const { bytes } = log;
  await log.close();
  truncateSync(join(runDir, LOG_FILE), whole + 5);
  const again = await openRunLog(runDir, bytes);
  await again.append({ step: 3 });
  await again.close();
  expect(lines(runDir)).toEqual(['{"step":1}', '{"step":3}', '']);
});

test('an altered line is not believed', async () => {
  const runDir = temporaryFolder();
  const log = await openRunLog(runDir, 0);
  for (const epoch of [1, 2]) await log.append({ type: 'epoch', epoch, seconds: 1.5 });
  await log.close();
  const path = join(runDir, LOG_FILE);
  writeFileSync(path, readFileSync(path, 'utf8').replace('1.5', '9.5'));
  expect([...(await epochSeconds(runDir))]).toEqual([[2, 1.5]]);
});

test('of a damaged log only lines that are what was written are read back', async () => {
  const runDir = temporaryFolder();
  const log = await openRunLog(runDir, 0);
  const seconds = [1.5, 2.5, 3.25, 4];
  for (const [i, took] of seconds.entries()) {
    await log.append({ type: 'epoch', epoch: i + 1, seconds: took });
  }
  await log.close();
  for (const { name, bytes } of damagesOf(readFileSync(join(runDir, LOG_FILE)), 60)) {
    writeFileSync(join(runDir, LOG_FILE), bytes);
    const wrong = [...(await epochSeconds(runDir))].filter(([i, took]) => seconds[i - 1] !== took);
    expect({ name, wrong }).toEqual({ name, wrong: [] });
  }
});
