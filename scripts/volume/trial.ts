/**
 * The trial of many pictures: drawn PNGs of 64 × 64 in colour, prepared once undisturbed and once by processes that are killed,
 * and trained on with the items on the disk and in memory, in turns. It needs 7 GB of disk for 200,000, and Linux.
 *
 *     npm run trial:volume -- [--pictures 200000] [--kills 10] [--turns 9] [--folder TEMPORARY] [--seed 1]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from '../../bench/src/machine.ts';
import { faultsOf, volumeTrial } from './volume-trial.ts';

const { values } = parseArgs({
  options: {
    pictures: { type: 'string', default: '200000' },
    kills: { type: 'string', default: '10' },
    turns: { type: 'string', default: '9' },
    folder: { type: 'string', default: tmpdir() },
    seed: { type: 'string', default: '1' },
  },
});
const turns = Number(values.turns);
const folder = await mkdtemp(join(values.folder, 'latentkit-volume-'));
try {
  const report = await volumeTrial({
    folder,
    pictures: Number(values.pictures),
    kills: Number(values.kills),
    training: {
      standard: { turns, steps: 12, warm: 10 },
      small: { turns, steps: 100, warm: 50, whole: true },
    },
    seed: Number(values.seed),
    log: (line) => console.error(line),
  });
  const load = loadavg().map((each) => each.toFixed(1));
  const faults = faultsOf(report);
  console.log(JSON.stringify({ machine: machine(), load, ...report, faults }, null, 2));
  if (faults.length > 0) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
