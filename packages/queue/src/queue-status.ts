import { checkInteger } from '@latentkit/core/runtime';
import { type Job, Queue } from 'bullmq';
import { isShardJob, type ShardJob } from './jobs/shard-job.ts';
import { checkAddress, connect, type QueueAddress } from './queue-address.ts';
import type { ShardReport } from './work/embed-shard.ts';

export interface StatusOptions extends QueueAddress {
  /** Shards of each kind that are listed at most; 100 by default. */
  readonly limit?: number | undefined;
}

/** A shard that a worker is at. */
export interface ActiveShard {
  /** Such as `3/50`. */
  readonly shard: string;
  /** Items behind, of all, and a second; absent until the worker has told of it. */
  readonly progress?: {
    readonly done: number;
    readonly total: number;
    readonly imagesPerSecond: number;
  };
}

/** A shard that is not tried any more, until it is added again. */
export interface SetAsideShard {
  readonly shard: string;
  readonly reason: string;
  readonly attempts: number;
}

export interface QueueStatus {
  /** Shards, by what is with them. */
  readonly waiting: number;
  readonly active: number;
  /** Those that failed and will be tried again. */
  readonly delayed: number;
  readonly done: number;
  readonly setAside: number;
  /** Workers that are connected. */
  readonly workers: number;
  /** Items that were embedded a second, over the last minute or so, by all workers; 0 where none was. */
  readonly imagesPerSecond: number;
  /** Until nothing waits, at that rate; absent where there is none. */
  readonly secondsLeft?: number;
  readonly activeShards: readonly ActiveShard[];
  readonly setAsideShards: readonly SetAsideShard[];
}

/** How far back throughput is measured, in milliseconds. */
const WINDOW = 60_000;

/**
 * Says how far the shards of a queue have come.
 *
 * @throws ArgumentError; LatentkitError `network`; `not-found` for a database that Redis does not have
 */
export async function queueStatus(options: StatusOptions = {}): Promise<QueueStatus> {
  const address = checkAddress(options);
  const { limit = 100 } = options;
  checkInteger('limit', limit, 1);
  const client = await connect(address);
  const queue = new Queue<ShardJob, ShardReport>(address.queue, { connection: client });
  queue.on('error', () => {});
  try {
    const counts = await queue.getJobCounts();
    const of = (...names: string[]) => names.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
    const [active, failed, workers, completed] = await Promise.all([
      queue.getActive(0, limit - 1),
      queue.getFailed(0, limit - 1),
      queue.getWorkersCount(),
      queue.getCompleted(0, limit - 1),
    ]);
    const recent = completed.filter(isDone);
    const imagesPerSecond = rateOf(recent);
    const [waiting, delayed] = [of('waiting', 'prioritized', 'paused'), of('delayed')];
    const left = itemsLeft(
      waiting + delayed + of('active'),
      recent[0] ?? active.find(({ data }) => isShardJob(data)),
    );
    return {
      ...{ waiting, delayed, active: of('active'), done: of('completed'), setAside: of('failed') },
      ...{ workers, imagesPerSecond },
      ...(imagesPerSecond > 0 ? { secondsLeft: left / imagesPerSecond } : {}),
      activeShards: active.map(({ name, progress }) => ({
        shard: name,
        ...(typeof progress === 'object'
          ? { progress: progress as NonNullable<ActiveShard['progress']> }
          : {}),
      })),
      setAsideShards: failed.map(({ name, failedReason, attemptsMade }) => ({
        ...{ shard: name, reason: failedReason ?? 'no reason is known', attempts: attemptsMade },
      })),
    };
  } finally {
    await queue.close();
    client.disconnect();
  }
}

/** Whether a job is a shard that a worker of ours has done. */
function isDone({ data, returnvalue }: Job<ShardJob, ShardReport | null>): boolean {
  return isShardJob(data) && typeof returnvalue?.embedded === 'number';
}

/** Items a second over the shards that were done in the last minute. */
function rateOf(done: readonly Job<ShardJob, ShardReport>[]): number {
  const now = Date.now();
  const recent = done.filter(({ finishedOn = 0 }) => now - finishedOn < WINDOW);
  if (recent.length === 0) return 0;
  const began = Math.min(...recent.map(({ processedOn = now }) => processedOn));
  const items = recent.reduce((sum, { returnvalue }) => sum + returnvalue.embedded, 0);
  return (1000 * items) / Math.max(1, now - began);
}

/** All shards but the last of a source have as many items. */
function itemsLeft(shards: number, one: Job<ShardJob> | undefined): number {
  return one ? shards * (one.data.to - one.data.from) : 0;
}
