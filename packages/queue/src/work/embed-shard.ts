import { type EmbedProgress, embedFiles, partOf as itemsOf } from '@latentkit/data';
import { nameOf, partOf, type ShardJob } from '../jobs/shard-job.ts';
import type { Opened } from './opened.ts';
import { StaleShard } from './stale-shard.ts';

/** What became of one shard. */
export interface ShardReport {
  /** Such as `3/50`. */
  readonly shard: string;
  /** The file of its vectors. */
  readonly part: string;
  readonly rows: number;
  /** Of the rows, those that were embedded now: none where the part was there. */
  readonly embedded: number;
  /** Items that cannot be read: they have no row, and the part says so. */
  readonly leftOut: number;
  readonly seconds: number;
}

/**
 * Embeds a shard into its part. The part is there whole or not at all; one that is there is left as it is, so that to do a
 * shard twice, or two workers one shard, does no harm.
 *
 * @throws what `embedFiles` throws; StaleShard
 */
export async function embedShard(
  job: ShardJob,
  opened: Opened,
  signal: AbortSignal,
  onProgress: (progress: EmbedProgress) => void,
): Promise<ShardReport> {
  const { model, space } = await opened.model(job);
  if (space !== job.space) {
    throw new StaleShard(
      `${job.model} is another model than it was when the shards were made: its latent space is ${space}, not ${job.space}. Bring that model back, or add the source again, to another folder: that also clears what was set aside.`,
    );
  }
  const source = await opened.source(job, signal);
  const positions = Array.from({ length: job.to - job.from }, (_, i) => job.from + i);
  const part = partOf(job);
  const { condition, score, batchSize, model: modelPath } = job;
  const report = await embedFiles(model, itemsOf(source, positions, job.shard), {
    ...{ out: part, condition, score, batchSize, modelPath, signal, onProgress },
    // Another machine goes on with the shard, if this one dies: what it had kept would be in the way.
    resumable: false,
  });
  const { rows, embedded, bad, seconds } = report;
  return { shard: nameOf(job), part, rows, embedded, leftOut: bad.length, seconds };
}
