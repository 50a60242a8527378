import { readdir } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { ArgumentError, LatentkitError } from '@latentkit/core';
import {
  checkCallback,
  checkFlag,
  checkInteger,
  checkList,
  throwIfAborted,
} from '@latentkit/core/runtime';
import { openItems, openVectors } from '@latentkit/data';
import { loadEncoder } from '@latentkit/node';
import { absoluteAddress, checkFilled } from '@latentkit/system';
import { type JobsOptions, Queue } from 'bullmq';
import { planShards } from './jobs/plan-shards.ts';
import { idOf, isShardJob, nameOf, partOf, type ShardJob, workOf } from './jobs/shard-job.ts';
import { checkAddress, connect, type QueueAddress } from './queue-address.ts';

export interface AddOptions extends QueueAddress {
  /** The folder or URL of the model: where the workers find it, too. */
  readonly model: string;
  /** Folders, globs, lists, archives or arrays of pictures: where the workers find them, too. */
  readonly sources: string | readonly string[];
  /** The folder that the parts go to, a file of vectors for each shard: workers write there. */
  readonly out: string;
  /** Items of a shard; 2000 by default. Shards of a minute or so of work lose little when one is done again. */
  readonly shardItems?: number | undefined;
  /** Add the ELBO of each item in nats; see `embedFiles`. */
  readonly score?: boolean | undefined;
  /** The label of all items, for a conditional model. */
  readonly condition?: string | number | undefined;
  /** Items that are encoded together; 128 by default. */
  readonly batchSize?: number | undefined;
  /** How often a shard is tried before it is set aside; 5 by default. */
  readonly attempts?: number | undefined;
  /** Milliseconds before the second try, doubled for each further one; 2000 by default. */
  readonly backoffMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface AddReport {
  /** Shards of the source. */
  readonly shards: number;
  /** Of them, those that were put into the queue now; the others are in it, or done. */
  readonly added: number;
  /** Of those added, the ones that had been set aside, or whose part was gone or damaged. */
  readonly again: number;
  /** Shards that had been set aside, of another plan for the same sources and model: they are in the queue no more. */
  readonly cleared: number;
  readonly items: number;
  /** The name of the plan, which the parts carry. */
  readonly plan: string;
  readonly space: string;
  readonly out: string;
}

/** Jobs that are looked up, or added, together. */
const TOGETHER = 500;

/**
 * Cuts sources into shards and puts these into a queue, for `workShards` on any number of machines. To do so again adds
 * nothing twice: what is missing, what was set aside and what lost its part is put back; what was set aside of the same
 * work in other shards, or for another folder, is cleared. A part is looked at for its start, its end and what that says of
 * the columns, without reading them: remove one that is found to be damaged within.
 *
 * @throws ArgumentError; what loading the model throws; LatentkitError `not-found` (also a database that Redis does not
 *   have), `invalid-data` (a folder with parts of another plan), `network`; AbortedError
 */
export async function addShards(options: AddOptions): Promise<AddReport> {
  const address = checkAddress(options);
  const { attempts = 5, backoffMs = 2000, shardItems = 2000 } = options;
  const { score = false, condition, batchSize, signal, onProgress } = options;
  const { model, sources, out } = checkPlaces(options);
  checkInteger('shardItems', shardItems, 1);
  checkInteger('attempts', attempts, 1);
  checkInteger('backoffMs', backoffMs, 0, 2 ** 31 - 1);
  if (batchSize !== undefined) checkInteger('batchSize', batchSize, 1);
  checkFlag('score', score);
  checkCallback('onProgress', onProgress);
  throwIfAborted(signal, 'Adding shards');
  const client = await connect(address);
  const queue = new Queue<ShardJob>(address.queue, { connection: client });
  // Calls that are waiting are told by their own errors.
  queue.on('error', () => {});
  try {
    const space = await spaceOf(model, signal);
    const { entries } = await openItems(sources, signal);
    const common = { model, space, sources, out, score, condition, batchSize };
    const jobs = planShards(entries, shardItems, common);
    await checkFolder(out, jobs);
    const how = { attempts, backoff: { type: 'exponential', delay: backoffMs } };
    const former = await setAsideBefore(queue, jobs);
    let [added, again] = [0, 0];
    for (let from = 0; from < jobs.length; from += TOGETHER) {
      throwIfAborted(signal, 'Adding shards');
      const some = jobs.slice(from, from + TOGETHER);
      const states = await Promise.all(some.map((job) => takeBack(queue, job)));
      const wanted = some.filter((_, i) => states[i] !== 'there');
      await queue.addBulk(wanted.map((job) => jobOf(job, how)));
      added += wanted.length;
      again += states.filter((state) => state === 'taken back').length;
      onProgress?.(from + some.length, jobs.length);
    }
    for (const id of former) await queue.remove(id);
    const counts = { shards: jobs.length, added, again, cleared: former.length };
    const plan = jobs[0]?.shard.plan ?? '';
    return { ...counts, items: entries.length, plan, space, out };
  } finally {
    await queue.close();
    client.disconnect();
  }
}

function jobOf(job: ShardJob, how: JobsOptions) {
  return { name: nameOf(job), data: job, opts: { ...how, jobId: idOf(job) } };
}

/** The names of shards that are set aside, whose work these shards do now; they themselves are not among them. */
async function setAsideBefore(
  queue: Queue<ShardJob>,
  jobs: readonly ShardJob[],
): Promise<string[]> {
  const works = new Set(jobs.map(workOf));
  const own = new Set(jobs.map(idOf));
  const former: string[] = [];
  for (let from = 0; ; from += TOGETHER) {
    const some = await queue.getFailed(from, from + TOGETHER - 1);
    for (const { id, data } of some) {
      if (id === undefined || own.has(id) || !isShardJob(data)) continue;
      if (works.has(workOf(data))) former.push(id);
    }
    if (some.length < TOGETHER) return former;
  }
}

/** Takes a job out of the queue that will come to nothing: one set aside, or done whose part is gone or damaged. */
async function takeBack(
  queue: Queue<ShardJob>,
  job: ShardJob,
): Promise<'there' | 'not there' | 'taken back'> {
  const id = idOf(job);
  const state = await queue.getJobState(id);
  if (state === 'unknown') return 'not there';
  const lost = state === 'completed' && !(await isThere(partOf(job)));
  if (state !== 'failed' && !lost) return 'there';
  await queue.remove(id);
  return 'taken back';
}

/** Whether a part is a file of vectors, by its start and its end: to read all of it is left to those who merge. */
async function isThere(part: string): Promise<boolean> {
  try {
    await openVectors(part);
    return true;
  } catch (error) {
    if (!LatentkitError.isInstance(error)) throw error;
    return false;
  }
}

function checkPlaces({ model, sources, out }: AddOptions) {
  checkFilled('model', model, 'the folder or URL of a model');
  checkFilled('out', out, 'the folder that the parts go to');
  const list = typeof sources === 'string' ? [sources] : sources;
  checkList('sources', list, 'a path of pictures, or an array of them');
  for (const source of list as readonly unknown[])
    checkFilled('sources', source, 'paths of pictures');
  if (list.length === 0) throw new ArgumentError('sources', 'one or more paths of pictures', list);
  return {
    model: absoluteAddress(model),
    sources: list.map((source) => resolve(source)),
    out: resolve(out),
  };
}

async function spaceOf(model: string, signal: AbortSignal | undefined): Promise<string> {
  const encoder = await loadEncoder(model, { signal });
  await encoder.dispose();
  return encoder.space;
}

/** Whether all parts that a folder holds already are of these shards. */
async function checkFolder(out: string, jobs: readonly ShardJob[]): Promise<void> {
  const names = await readdir(out).catch(() => []);
  const parts = new Set(jobs.map((job) => basename(partOf(job))));
  const other = names.find((name) => extname(name) === '.parquet' && !parts.has(name));
  if (other === undefined) return;
  throw new LatentkitError(
    'invalid-data',
    `${out} holds '${other}', which is no part of these ${jobs.length} shards: the source, the model or the size of the shards was another. Give another folder, or remove what is in this one.`,
  );
}
