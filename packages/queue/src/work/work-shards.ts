import { setTimeout as pause } from 'node:timers/promises';
import { ArgumentError, LatentkitError } from '@latentkit/core';
import {
  checkCallback,
  checkFlag,
  checkInteger,
  checkObject,
  checkThreads,
  onAbort,
  throwIfAborted,
} from '@latentkit/core/runtime';
import type { EmbedProgress } from '@latentkit/data';
import type { LoadOptions } from '@latentkit/node';
import { telling } from '@latentkit/system';
import { Job, Queue, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { parseJob, type ShardJob } from '../jobs/shard-job.ts';
import {
  checkAddress,
  isRefusal,
  type QueueAddress,
  queueLost,
  unreachable,
} from '../queue-address.ts';
import { embedShard, type ShardReport } from './embed-shard.ts';
import { connectForGood } from './lasting-connection.ts';
import { Opened } from './opened.ts';
import { StaleShard } from './stale-shard.ts';

export interface WorkOptions
  extends QueueAddress,
    Pick<LoadOptions, 'device' | 'strict' | 'threads'> {
  /** Shards that are embedded at the same time; 1 by default, which keeps all cores busy with pictures. */
  readonly concurrency?: number | undefined;
  /** At most so many shards in so many milliseconds, of all workers of the queue together; no limit by default. */
  readonly rate?: { readonly shards: number; readonly perMs: number } | undefined;
  /** End when the queue has nothing left to do; by default a worker waits for more. */
  readonly drain?: boolean | undefined;
  /**
   * Milliseconds that a worker that is told to end has for the shards it is at; 20,000 by default. Then it gives them
   * back, and another takes them.
   */
  readonly graceMs?: number | undefined;
  /**
   * Milliseconds after which a worker that is not heard of has lost its shards to others; 30,000 by default. It is heard
   * of twice in that time.
   */
  readonly lockMs?: number | undefined;
  /** How often a shard may be lost by workers that die of it before it is set aside; 5 by default. */
  readonly maxStalls?: number | undefined;
  /** Ends the worker in good order. */
  readonly signal?: AbortSignal | undefined;
  /** Told of each shard that is done. What it throws is told to `onError`. */
  readonly onShard?: ((report: ShardReport) => void) | undefined;
  /**
   * Told of each attempt that failed, of shards lost and of a Redis that is away, or lost the queue. What it throws itself
   * is a warning of the process.
   */
  readonly onError?: ((error: Error, shard?: string) => void) | undefined;
}

/** What a worker did. */
export interface WorkReport {
  /** Shards that are done. */
  readonly shards: number;
  readonly rows: number;
  /** Of the rows, those that were embedded; the others were there. */
  readonly embedded: number;
  /** Attempts that failed. */
  readonly failed: number;
  /** Shards that were set aside here: they are not tried any more, until they are added again. */
  readonly setAside: number;
  /** Shards that were given back since time was up. */
  readonly givenBack: number;
  /**
   * Shards that Redis forgot while they were at work here: it lost the queue, whose other shards are gone, too. To add the
   * source again puts back what is missing.
   */
  readonly lost: number;
  readonly seconds: number;
}

/** How often the progress of a shard is written into the queue, and whether there is work is asked, in milliseconds. */
const EVERY = 1000;

/** How long a worker that is told to end tries to give its shards back, in milliseconds. */
const GIVING_BACK = 5000;

/**
 * Embeds shards that `addShards` put into a queue until the signal, or with `drain` until there are none left. A shard
 * that fails is tried again after a while, by any worker; after its last try it is set aside with its reason. A
 * Redis that goes away is waited for.
 *
 * @throws ArgumentError, for a device once there is a shard; AbortedError where the signal was given before;
 *   LatentkitError `network` for a Redis that needs a password, or refuses it, `not-found` for a database that it does not
 *   have
 */
export async function workShards(options: WorkOptions = {}): Promise<WorkReport> {
  const began = performance.now();
  const address = checkAddress(options);
  const { concurrency = 1, drain = false, graceMs = 20_000, lockMs = 30_000 } = options;
  const { maxStalls = 5, rate, signal } = options;
  checkInteger('concurrency', concurrency, 1, 1024);
  checkInteger('graceMs', graceMs, 0, 2 ** 31 - 1);
  checkInteger('lockMs', lockMs, 100, 2 ** 31 - 1);
  checkInteger('maxStalls', maxStalls, 0);
  checkFlag('drain', drain);
  checkCallback('onShard', options.onShard);
  checkCallback('onError', options.onError);
  if (rate !== undefined) {
    checkObject('rate', rate, 'shards, and in how many milliseconds');
    checkInteger('rate.shards', rate.shards, 1);
    checkInteger('rate.perMs', rate.perMs, 1);
  }
  throwIfAborted(signal, 'Working');
  const { device, strict, threads } = options;
  checkFlag('strict', strict);
  if (threads !== undefined) checkThreads('threads', threads);
  // On a thread of its own, so that the worker is heard of however long a batch takes.
  const opened = new Opened({ device, strict, threads, execution: 'worker' });
  const giveUp = new AbortController();
  const onError = telling(options.onError);
  const onShard = telling(options.onShard, options.onError && onError);
  const done = { shards: 0, rows: 0, embedded: 0, failed: 0, setAside: 0, givenBack: 0 };
  /** Shards that Redis forgot while they were at work here, by the names of their jobs. */
  const lost = new Set<string>();
  /** Aborted by what every shard would fail of. */
  const fatal = new AbortController();
  const forget = (id: string, cause?: Error) => {
    if (lost.has(id)) return;
    lost.add(id);
    onError(queueLost(address.redis, cause));
  };
  const told = (error: Error) => {
    const forgotten = FORGOTTEN.exec(error.message)?.[1];
    if (isRefusal(error)) fatal.abort(unreachable(address.redis, error));
    else if (forgotten === undefined) onError(error);
    else forget(forgotten, error);
  };
  const { client, end } = connectForGood(address, told);
  /** Shards of which Redis does not know yet what became of them. */
  const inHand = new Set<string | undefined>();

  const embed = async (job: Job<ShardJob>, token?: string): Promise<ShardReport> => {
    inHand.add(job.id);
    try {
      const report = await embedShard(parseJob(job.data), opened, giveUp.signal, teller(job));
      done.shards += 1;
      done.rows += report.rows;
      done.embedded += report.embedded;
      onShard(report);
      return report;
    } catch (error) {
      if (isOfWorker(error)) {
        fatal.abort(error);
        giveUp.abort();
      }
      if (giveUp.signal.aborted) {
        await job.moveToWait(token);
        inHand.delete(job.id);
        done.givenBack += 1;
        throw new WaitingError();
      }
      done.failed += 1;
      onError(error as Error, job.name);
      throw willFailAgain(error) ? new UnrecoverableError((error as Error).message) : error;
    }
  };
  const worker = new Worker<ShardJob, ShardReport>(address.queue, embed, {
    connection: client,
    concurrency,
    lockDuration: lockMs,
    stalledInterval: lockMs,
    maxStalledCount: maxStalls,
    runRetryDelay: Math.min(EVERY, lockMs),
    ...(rate ? { limiter: { max: rate.shards, duration: rate.perMs } } : {}),
  });
  worker.on('error', told);
  worker.on('stalled', (id) => {
    const stalled = new Error('A worker that was not heard of lost this shard.');
    const shard = Job.fromId<ShardJob>(worker, id).then((job) => job?.name);
    void shard.catch(() => undefined).then((name) => onError(stalled, name));
  });
  worker.on('completed', ({ id }) => inHand.delete(id));
  worker.on('failed', (job) => {
    inHand.delete(job?.id);
    if (job?.finishedOn !== undefined) done.setAside += 1;
  });
  const over = new AbortController();
  let isDrained = false;
  const setDrained = () => {
    isDrained = !over.signal.aborted;
  };
  try {
    await Promise.race([
      toldToEnd(signal),
      toldToEnd(fatal.signal).then(() => {
        throw fatal.signal.reason;
      }),
      ...(drain ? [drained(address.queue, client, over.signal).then(setDrained)] : []),
    ]);
  } finally {
    over.abort();
    const isIdle = () => inHand.size === 0 && client.status !== 'ready';
    await close(worker, giveUp, fatal.signal.aborted ? 0 : graceMs, isIdle);
    end();
    await opened.dispose();
  }
  // The queue had nothing at work, and these were: a worker that closes tells of no such error.
  if (isDrained) for (const id of inHand) forget(`${id}`);
  return { ...done, lost: lost.size, seconds: (performance.now() - began) / 1000 };
}

/** What BullMQ says when what it writes of a job finds none. */
const FORGOTTEN = /^Missing key for job (\S+)\./;

/** Whether an error is of what the worker was told, and would be that of every shard. */
function isOfWorker(error: unknown): boolean {
  return (
    ArgumentError.isInstance(error) && ['device', 'strict', 'threads'].includes(error.argument)
  );
}

/** Whether a further try would end as this one did. */
function willFailAgain(error: unknown): boolean {
  if (error instanceof StaleShard) return true;
  if (!LatentkitError.isInstance(error)) return false;
  return error.code === 'invalid-argument' || error.code === 'invalid-card';
}

/** Writes progress into the queue now and then; what cannot be written is not missed. */
function teller(job: Job<ShardJob>): (progress: EmbedProgress) => void {
  let last = performance.now();
  return ({ done, total, imagesPerSecond }) => {
    if (performance.now() - last < EVERY) return;
    last = performance.now();
    job.updateProgress({ done, total, imagesPerSecond }).catch(() => {});
  };
}

function toldToEnd(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal) onAbort(signal, resolve);
    if (signal?.aborted) resolve();
  });
}

/** Until the queue has nothing that waits, runs or will be tried again, or the signal. */
async function drained(name: string, client: Redis, signal: AbortSignal): Promise<void> {
  const queue = new Queue(name, { connection: client });
  // A Redis that is away is told of by the worker.
  queue.on('error', () => {});
  for (let left: number | undefined; left !== 0 && !signal.aborted; ) {
    await pause(EVERY / 4);
    left = await queue
      .getJobCountByTypes('waiting', 'active', 'delayed', 'prioritized')
      .catch(() => undefined);
  }
  await queue.close();
}

/**
 * Lets the worker finish what it is at, or give it back when time is up; a Redis that is away does not hold it.
 *
 * @param isIdle whether it is at nothing, and can be given nothing
 */
async function close(
  worker: Worker,
  giveUp: AbortController,
  graceMs: number,
  isIdle: () => boolean,
): Promise<void> {
  const closing = worker.close();
  const grace = setTimeout(() => giveUp.abort(), graceMs);
  const cut = new AbortController();
  const most = setTimeout(() => cut.abort(), graceMs + GIVING_BACK);
  const look = setInterval(() => {
    if (isIdle()) cut.abort();
  }, EVERY / 20);
  try {
    await Promise.race([closing, toldToEnd(cut.signal)]);
  } finally {
    clearTimeout(grace);
    clearTimeout(most);
    clearInterval(look);
  }
  // What was cut off is of no interest any more.
  closing.catch(() => {});
}
