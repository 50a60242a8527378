import { createHash } from 'node:crypto';
import { ArgumentError } from '@latentkit/core';

/** One of `of` parts of the work, counted from 0. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** A shard of a source that was cut by a plan, not by the names of its items. */
export interface PlannedShard extends Shard {
  /** Which plan: shards of another do not go together with it. */
  readonly plan: string;
}

/** @throws ArgumentError for what is no part of anything */
export function checkShard(shard: Shard | undefined): void {
  if (shard === undefined) return;
  const { index, of } = shard;
  const sound = Number.isSafeInteger(of) && Number.isSafeInteger(index) && of >= 1;
  if (!sound || index < 0 || index >= of) {
    throw new ArgumentError('shard', 'an index from 0 below the number of parts', `${index}/${of}`);
  }
}

/** Whether a shard has an item; by a hash of its id, so that items that come later move none. */
export function isInShard(id: string, shard: Shard | undefined): boolean {
  if (!shard || shard.of === 1) return true;
  const place = createHash('sha256').update(id).digest().readUIntBE(0, 6) / 2 ** 48;
  return Math.floor(place * shard.of) === shard.index;
}
