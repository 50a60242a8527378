/**
 * What the queue costs, and what one core does: pictures embedded by `embedFiles`, and the same by `addShards` and
 * `workShards`, in turns in one process. The overhead is what these two take beside the shards themselves: from the first
 * look at the source to the end of the worker, less the seconds inside `embedFiles`. Two whole runs differ by more than
 * that from one to the next, so that it cannot be had as their difference.
 *
 *     npm run bench:queue -- [--pictures 8000] [--photos 100] [--rounds 5] [--price 0.04]
 *
 * The price is an assumption: US dollars an hour of one core. `taskset -c 0` before it measures one core.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { embedFiles, itemBatches } from '@latentkit/data';
import { loadEncoder } from '@latentkit/node';
import { addShards, workShards } from '@latentkit/queue';
import { machine } from '../../bench/src/machine.ts';
import { drawPhotos, drawPictures } from './draw-pictures.ts';
import { RedisServer } from './redis-server.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const model = join(ROOT, 'models/mnist-vae');
const { values } = parseArgs({
  options: {
    pictures: { type: 'string', default: '8000' },
    photos: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '5' },
    price: { type: 'string', default: '0.04' },
  },
});
const [pictures, photos] = [Number(values.pictures), Number(values.photos)];
const [rounds, price] = [Number(values.rounds), Number(values.price)];

/** Embedding directly, and by the queue: what is compared. */
const PAIRS = {
  'small PNG': ['small PNG, embedding', 'small PNG, by the queue'],
  'JPEG of 1024 × 768': ['JPEG of 1024 × 768, embedding', 'JPEG of 1024 × 768, by the queue'],
} as const;
const [DIRECT, QUEUE] = PAIRS['small PNG'];
const [DIRECT_PHOTOS, QUEUE_PHOTOS] = PAIRS['JPEG of 1024 × 768'];

interface Took {
  /** Seconds of CPU, and by the clock, per 1,000 pictures. */
  readonly cpu: number;
  readonly clock: number;
  /** By the queue: what was not spent on shards, as a share of what was. */
  readonly beside: number | undefined;
}

/** @param work gives the seconds that went into shards, where it makes some */
async function timed(work: () => Promise<unknown>, count: number): Promise<Took> {
  const [before, began] = [process.cpuUsage(), performance.now()];
  const inShards = await work();
  const { user, system } = process.cpuUsage(before);
  const clock = (performance.now() - began) / 1000;
  return {
    cpu: ((user + system) / 1e6 / count) * 1000,
    clock: (clock / count) * 1000,
    beside: typeof inShards === 'number' ? clock / inShards - 1 : undefined,
  };
}

const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;

const folder = await mkdtemp(join(tmpdir(), 'latentkit-overhead-'));
const redis = await RedisServer.start(folder);
const encoder = await loadEncoder(model, { execution: 'worker' });
try {
  const sources = await drawPictures(join(folder, 'pictures'), pictures);
  const jpegs = [await drawPhotos(join(folder, 'photos'), photos)];
  const decode = async (some: readonly string[]) => {
    for await (const _ of itemBatches(some, encoder.card));
  };
  const embed = (some: readonly string[], name: string) =>
    embedFiles(encoder, some, { out: join(folder, `${name}.parquet`), resumable: false });
  const queued = async (some: readonly string[], queue: string) => {
    const own = { redis: redis.url, queue };
    await addShards({ ...own, model, sources: some, out: join(folder, `parts-${queue}`) });
    let inShards = 0;
    await workShards({
      ...{ ...own, drain: true },
      onShard: ({ seconds }) => {
        inShards += seconds;
      },
    });
    return inShards;
  };
  const ways: Record<string, { count: number; work: (round: number) => Promise<unknown> }> = {
    'small PNG, decoding alone': { count: pictures, work: () => decode(sources) },
    [DIRECT]: { count: pictures, work: (round) => embed(sources, `${round}`) },
    [QUEUE]: { count: pictures, work: (round) => queued(sources, `pictures-${round}`) },
    'JPEG of 1024 × 768, decoding alone': { count: photos, work: () => decode(jpegs) },
    [DIRECT_PHOTOS]: { count: photos, work: (round) => embed(jpegs, `photos-${round}`) },
    [QUEUE_PHOTOS]: { count: photos, work: (round) => queued(jpegs, `photos-${round}`) },
  };
  const seen = Object.fromEntries(Object.keys(ways).map((way) => [way, [] as Took[]]));
  // The first round warms up, and is not kept.
  for (let round = 0; round <= rounds; round++) {
    for (const [way, { count, work }] of Object.entries(ways)) {
      const took = await timed(() => work(round), count);
      if (round > 0) seen[way]?.push(took);
    }
  }
  const rows = Object.fromEntries(
    Object.entries(seen).map(([way, times]) => {
      const cpu = median(times.map((took) => took.cpu));
      const hours = (cpu * 1000) / 3600;
      return [
        way,
        {
          'CPU seconds per 1,000': cpu,
          'seconds per 1,000': median(times.map(({ clock }) => clock)),
          'core hours per million': hours,
          'US dollars per million': hours * price,
          'core days per 10^9': (hours * 1000) / 24,
        },
      ];
    }),
  );
  console.log(
    JSON.stringify(
      {
        ...{ machine: machine(), load: loadavg().map((each) => each.toFixed(1)) },
        ...{ pictures, photos, rounds, shardItems: 2000, price, rows },
        overhead: Object.fromEntries(
          Object.entries(PAIRS).map(([what, [, queue]]) => [
            what,
            median((seen[queue] ?? []).map(({ beside }) => beside ?? 0)),
          ]),
        ),
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
