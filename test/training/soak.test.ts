import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

/** Runs the soak on the built packages; resolves to what it printed, rejects with what it complained of. */
const soak = async (...options: string[]) => {
  const script = resolve(__dirname, '../../training/scripts/soak.mjs');
  const run = promisify(execFile)(process.execPath, ['--expose-gc', script, ...options]);
  return (await run).stdout;
};

test('training keeps its memory flat (100 epochs: npm run soak)', async () => {
  expect(await soak('12')).toContain('Memory is flat');
}, 120_000);

test('a leak of one state an epoch is noticed', async () => {
  await expect(soak('12', '--hold')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Memory grows'),
  });
}, 120_000);
