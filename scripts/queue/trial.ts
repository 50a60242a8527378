/**
 * The long trial of the queue: workers and Redis are killed at random while pictures are embedded; the merged file must be
 * to the byte that of one process.
 *
 *     npm run trial:queue -- [--pictures 200000] [--workers 3] [--kills 30] [--seed 1]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from '../../bench/src/machine.ts';
import { killTrial } from './kill-trial.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    pictures: { type: 'string', default: '200000' },
    workers: { type: 'string', default: '3' },
    kills: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
  },
});
const folder = await mkdtemp(join(tmpdir(), 'latentkit-trial-'));
try {
  const report = await killTrial({
    command: join(ROOT, 'packages/cli/bin/latentkit.mjs'),
    model: join(ROOT, 'models/mnist-vae'),
    folder,
    pictures: Number(values.pictures),
    shardItems: 2000,
    workers: Number(values.workers),
    kills: Number(values.kills),
    lock: 3,
    seed: Number(values.seed),
    log: (line) => console.error(line),
  });
  const load = loadavg().map((each) => each.toFixed(1));
  console.log(JSON.stringify({ machine: machine(), load, ...report }, null, 2));
  if (!report.equal) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
