import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { LatentkitError } from '@latentkit/core';
import type { ItemEntry } from '@latentkit/data';
import * as v from 'valibot';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.pipe(v.string(), v.minLength(1));

const JobSchema = v.pipe(
  v.strictObject({
    format: v.literal(1),
    model: text,
    space: text,
    sources: v.pipe(v.array(text), v.minLength(1)),
    out: text,
    from: count,
    to: count,
    shard: v.strictObject({ index: count, of: count, plan: text }),
    items: text,
    score: v.boolean(),
    condition: v.optional(v.union([v.string(), v.number()])),
    batchSize: v.optional(count),
  }),
  v.check(({ from, to }) => from < to, 'from is not below to'),
);

/**
 * One shard of the work: the items `from` … `to` − 1 of the listing of some sources, for one model. What it says is
 * enough for any machine that reaches model, sources and output by the same paths.
 */
export type ShardJob = v.InferOutput<typeof JobSchema>;

/** Whether a job is a shard: another program, or another version, may put others into the queue. */
export function isShardJob(data: unknown): data is ShardJob {
  return v.is(JobSchema, data);
}

/** @throws LatentkitError `invalid-data` for what another program, or another version, put into the queue */
export function parseJob(data: unknown): ShardJob {
  const { success, output, issues } = v.safeParse(JobSchema, data);
  if (success) return output;
  const [issue] = issues;
  throw new LatentkitError(
    'invalid-data',
    `The queue holds a job that is no shard of this version of latentkit (${issue ? `${v.getDotPath(issue) ?? 'it'}: ${issue.message}` : 'it'}). Use a queue of another name, or one version.`,
  );
}

/** SHA-256 over what items are before they are read, in hexadecimal: other contents, another digest. */
export function digestOf(entries: readonly ItemEntry[]): string {
  const hash = createHash('sha256');
  for (const { id, bytes, stamp } of entries)
    hash.update(`${JSON.stringify([id, bytes, stamp])}\n`);
  return hash.digest('hex');
}

/** Under which name the queue knows a job: the same work to the same place is there once. */
export function idOf(job: ShardJob): string {
  return createHash('sha256').update(JSON.stringify(job)).digest('hex').slice(0, 32);
}

/** What a shard is a part of, however it was cut, whatever its pictures were then, and wherever its part goes. */
export function workOf({ model, sources, score, condition }: ShardJob): string {
  return JSON.stringify([model, sources, score, condition ?? null]);
}

/** The name of a shard for people, counted from 1. */
export function nameOf({ shard: { index, of } }: ShardJob): string {
  return `${index + 1}/${of}`;
}

/** The file of a shard's vectors: its name says what went in. */
export function partOf(job: ShardJob): string {
  const { index, of } = job.shard;
  const number = String(index + 1).padStart(String(of).length, '0');
  const { space, score, condition, items } = job;
  const key = createHash('sha256').update(JSON.stringify([space, score, condition ?? null, items]));
  return join(job.out, `${number}-of-${of}-${key.digest('hex').slice(0, 16)}.parquet`);
}
