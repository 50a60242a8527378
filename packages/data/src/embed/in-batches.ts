import type { ModelCard } from '@latentkit/core';
import { noneReadable } from '../sources/none-readable.ts';
import type { Fault } from '../sources/picture-source.ts';
import type { ItemSource, ReadItem, ReadItemsOptions } from './item-source.ts';

export interface InBatchesOptions extends ReadItemsOptions {
  readonly batchSize: number;
  /** Told of each item that cannot be read, which is then left out. */
  readonly onBad: (fault: Fault) => void;
}

/**
 * The wanted items of a source as a model takes them, a batch at a time.
 *
 * @throws LatentkitError `invalid-data` where none of them can be read, and what reading them throws
 */
export async function* inBatches(
  source: ItemSource,
  card: ModelCard,
  { batchSize, onBad, ...reading }: InBatchesOptions,
): AsyncGenerator<readonly ReadItem[], void, undefined> {
  const bad: Fault[] = [];
  let [batch, read]: [ReadItem[], number] = [[], 0];
  for await (const item of source.read(card, reading)) {
    if ('reason' in item) {
      const fault = { id: item.id, reason: item.reason };
      onBad(fault);
      bad.push(fault);
      continue;
    }
    batch.push(item);
    read += 1;
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
  if (bad.length > 0 && read === 0) throw noneReadable(source.location, bad);
}
