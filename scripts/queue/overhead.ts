/**
 * What the queue costs beside direct embedding, and what one core does: pictures embedded by `embedFiles`, and the same by
 * `addShards` and `workShards`, in turns in one process. By CPU time, which other work on the machine changes little, and
 * by the clock.
 *
 *     npm run bench:queue -- [--pictures 8000] [--rounds 5]        under taskset -c 0 for one core
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { embedFiles, itemBatches } from '@latentkit/data';
import { loadEncoder } from '@latentkit/node';
import { addShards, workShards } from '@latentkit/queue';
import { machine } from '../../bench/src/machine.ts';
import { drawPictures } from './draw-pictures.ts';
import { RedisServer } from './redis-server.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const model = join(ROOT, 'models/mnist-vae');
const { values } = parseArgs({
  options: {
    pictures: { type: 'string', default: '8000' },
    rounds: { type: 'string', default: '5' },
  },
});
const [pictures, rounds] = [Number(values.pictures), Number(values.rounds)];

/** Seconds of CPU, and by the clock, per 1,000 pictures. */
async function timed(work: () => Promise<unknown>): Promise<{ cpu: number; clock: number }> {
  const [before, began] = [process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(before);
  const clock = (performance.now() - began) / 1000;
  return { cpu: ((user + system) / 1e6 / pictures) * 1000, clock: (clock / pictures) * 1000 };
}

const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;

const folder = await mkdtemp(join(tmpdir(), 'latentkit-overhead-'));
const redis = await RedisServer.start(folder);
const encoder = await loadEncoder(model, { execution: 'worker' });
try {
  const sources = await drawPictures(join(folder, 'pictures'), pictures);
  const ways = {
    'decoding alone': async () => {
      for await (const _ of itemBatches(sources, encoder.card));
    },
    direct: (round: number) =>
      embedFiles(encoder, sources, { out: join(folder, `${round}.parquet`), resumable: false }),
    queue: async (round: number) => {
      const own = { redis: redis.url, queue: `round-${round}` };
      await addShards({ ...own, model, sources, out: join(folder, `parts-${round}`) });
      await workShards({ ...own, drain: true });
    },
  };
  const seen = Object.fromEntries(
    Object.keys(ways).map((way) => [way, [] as { cpu: number; clock: number }[]]),
  );
  // The first round warms up, and is not kept.
  for (let round = 0; round <= rounds; round++) {
    for (const [way, work] of Object.entries(ways)) {
      const took = await timed(() => work(round));
      if (round > 0) seen[way]?.push(took);
    }
  }
  const rows = Object.fromEntries(
    Object.entries(seen).map(([way, times]) => [
      way,
      {
        'CPU seconds per 1,000 pictures': median(times.map(({ cpu }) => cpu)),
        'seconds per 1,000 pictures': median(times.map(({ clock }) => clock)),
      },
    ]),
  );
  const overhead = (of: 'cpu' | 'clock') =>
    median((seen['queue'] ?? []).map((took, i) => took[of] / (seen['direct']?.[i]?.[of] ?? 0))) - 1;
  console.log(
    JSON.stringify(
      {
        ...{ machine: machine(), load: loadavg().map((each) => each.toFixed(1)) },
        ...{ pictures, rounds, shardItems: 2000, rows },
        overhead: { cpu: overhead('cpu'), clock: overhead('clock') },
      },
      null,
      2,
    ),
  );
} finally {
  await encoder.dispose();
  await redis.kill();
  await rm(folder, { recursive: true, force: true });
}
