/**
 * Simulates a queue, and checks the simulation against a real run: 8 worker processes on this machine, whose shards' own
 * durations are what the simulation draws from. Then says what stragglers, deaths and the size of shards cost.
 *
 *     npm run simulate:queue -- [--pictures 12800] [--workers 8] [--shard-items 200]
 *     npm run simulate:queue -- --plan         what it costs alone, without a run
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createRandom } from '@latentkit/core';
import { addShards, queueStatus } from '@latentkit/queue';
import { Queue } from 'bullmq';
import { machine } from '../../bench/src/machine.ts';
import { drawPictures } from './draw-pictures.ts';
import { RedisServer } from './redis-server.ts';
import { type SimulatedQueue, simulate } from './simulation.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const COMMAND = join(ROOT, 'packages/cli/bin/latentkit.mjs');
const { values } = parseArgs({
  options: {
    pictures: { type: 'string', default: '12800' },
    workers: { type: 'string', default: '8' },
    'shard-items': { type: 'string', default: '200' },
    plan: { type: 'boolean', default: false },
  },
});
const [pictures, workers] = [Number(values.pictures), Number(values.workers)];
const RUNS = 400;

const quantile = (numbers: readonly number[], at: number) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(at * (numbers.length - 1))] as number;

/** Makespans of many simulated runs: 5 %, 50 % and 95 % of them are below, in seconds. */
function spread(queue: SimulatedQueue) {
  const random = createRandom(1);
  const runs = Array.from({ length: RUNS }, () => simulate(queue, () => random.uniform()).makespan);
  return [0.05, 0.5, 0.95].map((at) => Number(quantile(runs, at).toPrecision(4)));
}

/** Makespans of a plan, and of what may happen to it. */
function whatItCosts() {
  const shard = 60;
  const plan = (changes: Partial<SimulatedQueue>) =>
    spread({
      ...{ shards: 500, workers: 50, service: () => shard, between: 0, deaths: 0, lock: 30 },
      ...{ replaced: 5, ...changes },
    });
  const straggling = (dice: () => number) => (dice() < 0.02 ? 10 * shard : shard);
  const deaths = 1 / 3600;
  return {
    'seconds for 500 shards of 60 s on 50 workers: 5 %, 50 % and 95 % of the runs are below': {
      'nothing happens': plan({}),
      'one shard in 50 takes ten times as long': plan({ service: straggling }),
      'a worker dies once an hour of its work': plan({ deaths }),
      both: plan({ service: straggling, deaths }),
      'both, and shards of a tenth': plan({
        ...{ shards: 5000, deaths },
        service: (dice) => straggling(dice) / 10,
      }),
    },
  };
}

if (values.plan) {
  console.log(JSON.stringify(whatItCosts(), null, 2));
  process.exit();
}

const folder = await mkdtemp(join(tmpdir(), 'latentkit-simulate-'));
const redis = await RedisServer.start(folder);
const address = { redis: redis.url, queue: 'simulated' };
try {
  const sources = await drawPictures(join(folder, 'pictures'), pictures);
  const crew = Array.from({ length: workers }, () =>
    spawn(
      process.execPath,
      [COMMAND, 'queue', 'work', '--redis', redis.url, '--queue', address.queue, '--threads', '1'],
      { stdio: 'ignore' },
    ),
  );
  while ((await queueStatus(address)).workers < workers) await pause(200);
  const { shards } = await addShards({
    ...{ ...address, sources, model: join(ROOT, 'models/mnist-vae'), out: join(folder, 'parts') },
    shardItems: Number(values['shard-items']),
  });
  while ((await queueStatus(address)).done < shards) await pause(500);
  for (const worker of crew) worker.kill('SIGTERM');
  const client = new Queue(address.queue, { connection: { url: redis.url } });
  const jobs = await client.getCompleted(0, shards);
  await client.close();
  for (const worker of crew) if (worker.exitCode === null) await once(worker, 'exit');

  const [starts, ends] = [
    jobs.map(({ processedOn = 0 }) => processedOn / 1000),
    jobs.map(({ finishedOn = 0 }) => finishedOn / 1000),
  ];
  const makespan = Math.max(...ends) - Math.min(...starts);
  const durations = starts.map((start, i) => (ends[i] as number) - start);
  const worked = durations.reduce((sum, each) => sum + each, 0);
  const real: SimulatedQueue = {
    ...{ shards, workers, between: 0, deaths: 0, lock: 30, replaced: 5 },
    service: (dice) => durations[Math.floor(dice() * durations.length)] as number,
  };
  const mean = worked / durations.length;
  const [low, middle, high] = spread(real) as [number, number, number];
  console.log(
    JSON.stringify(
      {
        ...{ machine: machine(), load: loadavg().map((each) => each.toFixed(1)) },
        run: {
          pictures,
          shards,
          workers,
          makespan,
          meanShard: mean,
          longest: Math.max(...durations),
        },
        simulated: { low, middle, high, realOverMiddle: makespan / middle },
        ...whatItCosts(),
      },
      null,
      2,
    ),
  );
} finally {
  await redis.kill();
  await rm(folder, { recursive: true, force: true });
}
