import { createHash } from 'node:crypto';
import type { ItemEntry } from '@latentkit/data';
import { digestOf, type ShardJob } from './shard-job.ts';

/** What all shards of a plan have in common. */
export type CommonToShards = Pick<
  ShardJob,
  'model' | 'space' | 'sources' | 'out' | 'score' | 'condition' | 'batchSize'
>;

/**
 * Cuts a listing into shards of `size` items, the last one maybe smaller, in its order: the parts, one after the other, are
 * what one process would have written. The plan's name is a SHA-256 over what goes in: the same listing gives the
 * same shards.
 */
export function planShards(
  entries: readonly ItemEntry[],
  size: number,
  common: CommonToShards,
): ShardJob[] {
  const of = Math.ceil(entries.length / size);
  const digests = Array.from({ length: of }, (_, index) =>
    digestOf(entries.slice(index * size, (index + 1) * size)),
  );
  const { space, score, condition } = common;
  const plan = createHash('sha256')
    .update(JSON.stringify([space, score, condition ?? null, size, digests]))
    .digest('hex');
  return digests.map((items, index) => ({
    ...{ format: 1, ...common, items, shard: { index, of, plan } },
    ...{ from: index * size, to: Math.min((index + 1) * size, entries.length) },
  }));
}
