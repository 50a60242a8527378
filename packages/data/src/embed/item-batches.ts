import { ArgumentError, type ModelCard, sizeOf } from '@latentkit/core';
import { checkCallback, checkObject, checkOptions, throwIfAborted } from '@latentkit/core/runtime';
import { conditionLabels } from '../items/condition-labels.ts';
import type { Fault } from '../sources/picture-source.ts';
import { inBatches } from './in-batches.ts';
import type { ItemSource, ReadItem } from './item-source.ts';
import { openItems } from './open-items.ts';

/** Items that are read together, and the ids of their files. */
export interface ItemBatch {
  readonly ids: readonly string[];
  /** 8-bit pixels or values, one item after the other: what an encoder takes. */
  readonly items: Uint8Array | Float32Array;
  /** The label of each, where `labelled` asks for them and the model is conditional. */
  readonly labels?: readonly string[] | undefined;
}

export interface ItemBatchOptions {
  /** Items a batch; 128 by default. */
  readonly batchSize?: number | undefined;
  /**
   * Give a conditional model the label of each item, by its source or by the folder that it lies in; that one has none is
   * an error. False by default.
   */
  readonly labelled?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of the ids of all items before the first is read, those that cannot be read among them. */
  readonly onOpen?: ((ids: readonly string[]) => void) | undefined;
  /** Told of each file that cannot be read, which is then left out. */
  readonly onBad?: ((fault: Fault) => void) | undefined;
  readonly onProgress?:
    | ((progress: {
        readonly done: number;
        readonly total: number;
        readonly bad: number;
        readonly imagesPerSecond: number;
      }) => void)
    | undefined;
}

/**
 * Reads pictures (or the items of arrays) as a model takes them, a batch at a time, with the ids of their files. That
 * none of them can be read is an error.
 *
 * @param sources a path or several: folders, globs, lists, archives and arrays, or single pictures
 * @throws ArgumentError; InputError for items without a label; LatentkitError `not-found`, `invalid-data`, `missing-dependency`; AbortedError
 */
export async function* itemBatches(
  sources: string | readonly string[],
  card: ModelCard,
  options: ItemBatchOptions = {},
): AsyncGenerator<ItemBatch, void, undefined> {
  checkOptions(options);
  checkObject('card', card, 'the card of a model');
  checkObject('card.item', card.item, 'what an item is');
  const { batchSize = 128, labelled = false, signal, onOpen, onBad, onProgress } = options;
  checkCallback('onOpen', onOpen);
  checkCallback('onBad', onBad);
  checkCallback('onProgress', onProgress);
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new ArgumentError('batchSize', 'an integer of at least 1', batchSize);
  }
  if (typeof labelled !== 'boolean') throw new ArgumentError('labelled', 'a boolean', labelled);
  throwIfAborted(signal, 'Reading pictures');
  const source = await openItems(typeof sources === 'string' ? [sources] : sources, signal);
  const labels = labelled ? conditionLabels(source.entries, card) : undefined;
  onOpen?.(source.entries.map(({ id }) => id));
  for (const fault of source.faults) onBad?.(fault);
  const size = sizeOf(card.item.shape);
  const total = source.entries.length;
  const began = performance.now();
  let [done, bad] = [0, 0];
  const tell = () => {
    const imagesPerSecond = (1000 * done) / Math.max(1, performance.now() - began);
    onProgress?.({ done, total, bad, imagesPerSecond });
  };
  const tellBad = (fault: Fault) => {
    onBad?.(fault);
    bad += 1;
    done += 1;
    tell();
  };
  const all = { wanted: () => true, knownSha256: () => undefined, signal };
  for await (const batch of inBatches(source, card, { ...all, batchSize, onBad: tellBad })) {
    yield batchOf(batch, source, size, labels);
    done += batch.length;
    tell();
  }
}

function batchOf(
  batch: readonly ReadItem[],
  { entries }: ItemSource,
  size: number,
  labels: readonly string[] | undefined,
): ItemBatch {
  return {
    ids: batch.map(({ index }) => entries[index]?.id ?? ''),
    items: together(batch, size),
    ...(labels ? { labels: batch.map(({ index }) => labels[index] as string) } : {}),
  };
}

/** Items one after the other: bytes where all are bytes. */
export function together(items: readonly ReadItem[], size: number): Uint8Array | Float32Array {
  const bytes = items.every(({ values }) => values instanceof Uint8Array);
  const all = bytes ? new Uint8Array(items.length * size) : new Float32Array(items.length * size);
  for (const [i, { values }] of items.entries()) all.set(values as Uint8Array, i * size);
  return all;
}
