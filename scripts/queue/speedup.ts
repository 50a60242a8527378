/**
 * What a second worker is worth: one worker process on one core, and two on two, each pinned to its own, embed the same
 * pictures by the queue, in turns. The time is from the first worker's start to the last one's end, start of the processes
 * included.
 *
 *     npm run bench:workers -- [--pictures 16000 | --photos 2000] [--rounds 3]
 *
 * Pictures are PNGs of 28 × 28, photos JPEGs of 1024 × 768. Needs Linux, for `taskset`.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { addShards, queueStatus } from '@latentkit/queue';
import { machine } from '../../bench/src/machine.ts';
import { median } from '../../bench/src/report.ts';
import { drawPhotos, drawPictures } from './draw-pictures.ts';
import { RedisServer } from './redis-server.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const COMMAND = join(ROOT, 'packages/cli/bin/latentkit.mjs');
const model = join(ROOT, 'models/mnist-vae');
const { values } = parseArgs({
  options: {
    pictures: { type: 'string', default: '16000' },
    photos: { type: 'string', default: '0' },
    rounds: { type: 'string', default: '3' },
  },
});
const [photos, rounds] = [Number(values.photos), Number(values.rounds)];
const count = photos || Number(values.pictures);
const run = promisify(execFile);

const folder = await mkdtemp(join(tmpdir(), 'latentkit-speedup-'));
const redis = await RedisServer.start(folder);
try {
  const sources = photos
    ? [await drawPhotos(join(folder, 'photos'), count)]
    : await drawPictures(join(folder, 'pictures'), count);
  /** Seconds that workers take, one on each of the cores. */
  const timed = async (queue: string, cores: readonly number[]): Promise<number> => {
    const own = { redis: redis.url, queue };
    const out = join(folder, queue);
    const shardItems = Math.min(2000, Math.ceil(count / 16));
    const { shards } = await addShards({ ...own, model, sources, out, shardItems });
    const worker = (core: number) => {
      const work = ['queue', 'work', '--drain', '--threads', '1'];
      const where = ['--redis', redis.url, '--queue', queue, '--json'];
      return run('taskset', ['-c', `${core}`, process.execPath, COMMAND, ...work, ...where]);
    };
    const began = performance.now();
    await Promise.all(cores.map(worker));
    const seconds = (performance.now() - began) / 1000;
    const { done } = await queueStatus(own);
    if (done !== shards) throw new Error(`${done} of ${shards} shards are done.`);
    return seconds;
  };
  const times: { one: number; two: number }[] = [];
  // The first round warms the cache of files, and is not kept.
  for (let round = 0; round <= rounds; round++) {
    const one = await timed(`one-${round}`, [round % 2]);
    const two = await timed(`two-${round}`, [0, 1]);
    if (round > 0) times.push({ one, two });
    console.error(`round ${round}: ${one.toFixed(1)} s by one worker, ${two.toFixed(1)} s by two`);
  }
  const load = loadavg().map((each) => each.toFixed(1));
  const speedup = median(times.map(({ one, two }) => one / two));
  const what = photos ? 'JPEG of 1024 × 768' : 'PNG of 28 × 28';
  console.log(JSON.stringify({ machine: machine(), load, what, count, times, speedup }, null, 2));
} finally {
  await redis.kill();
  await rm(folder, { recursive: true, force: true });
}
