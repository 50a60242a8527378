import { type ModelCard, sizeOf } from '@latentkit/core';
import { checkCallback, checkInteger, checkObject, checkOptions } from '@latentkit/core/runtime';
import { isArrayFile } from '../arrays/array-files.ts';
import { evenlySpaced } from '../items/evenly-spaced.ts';
import { nameLabels } from '../items/name-labels.ts';
import { checkPath, openPictures } from '../sources/open-source.ts';
import type { Fault } from '../sources/picture-source.ts';
import { inBatches } from './in-batches.ts';
import { together } from './item-batches.ts';
import type { ReadItem } from './item-source.ts';
import { openItems } from './open-items.ts';
import { pictureItems } from './picture-items.ts';

/** Items that are read together, with what their source says of them. */
export interface LabelledBatch {
  readonly ids: readonly string[];
  /** 8-bit pixels or values, one item after the other: what an encoder takes. */
  readonly items: Uint8Array | Float32Array;
  /** The class of each; absent unless all items of the source have one. */
  readonly labels?: readonly string[] | undefined;
  /** [n × factors]; absent where the source has none. */
  readonly factors?: Float32Array | undefined;
}

/** Items of a source as a model takes them, with labels and factors. */
export interface LabelledItems {
  readonly name: string;
  /** Items that are listed; one that cannot be read is left out. */
  readonly total: number;
  readonly labelNames: readonly string[];
  readonly factorNames: readonly string[];
  batches(signal: AbortSignal | undefined): AsyncGenerator<LabelledBatch, void, undefined>;
}

export interface LabelledItemsOptions {
  /** At most so many, evenly spaced over the source; all by default. */
  readonly limit?: number | undefined;
  /** Items a batch; 128 by default. */
  readonly batchSize?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of each file that cannot be read, which is then left out. */
  readonly onBad?: ((fault: Fault) => void) | undefined;
}

/**
 * Opens pictures (or the items of arrays) as a model takes them, with the labels and factors that their folders or
 * tables give.
 *
 * @param path a folder, glob, list, archive or array
 * @throws ArgumentError; LatentkitError `not-found`, `invalid-data`, `missing-dependency`; AbortedError
 */
export async function labelledItems(
  path: string,
  card: ModelCard,
  options: LabelledItemsOptions = {},
): Promise<LabelledItems> {
  checkOptions(options);
  checkPath(path);
  checkObject('card', card, 'the card of a model');
  checkObject('card.item', card.item, 'what an item is');
  const { limit, batchSize = 128, signal, onBad } = options;
  checkCallback('onBad', onBad);
  checkInteger('batchSize', batchSize, 1);
  if (limit !== undefined) checkInteger('limit', limit, 1);
  const pictures = (await isArrayFile(path)) ? undefined : await openPictures(path, signal);
  const source = pictures ? pictureItems(pictures) : await openItems([path], signal);
  for (const fault of source.faults) onBad?.(fault);
  const chosen = evenlySpaced(source.entries.length, limit);
  const wanted = new Set(chosen);
  const factorNames = pictures?.factorNames ?? [];
  const { names, labels } = nameLabels(
    pictures ? chosen.map((i) => pictures.entries[i]?.label) : [undefined],
  );
  const labelOf = new Map(chosen.map((index, i) => [index, names[labels[i] as number] as string]));
  const size = sizeOf(card.item.shape);
  const batchOf = (batch: readonly ReadItem[]): LabelledBatch => ({
    ids: batch.map(({ index }) => source.entries[index]?.id ?? ''),
    items: together(batch, size),
    ...(names.length > 0 ? { labels: batch.map(({ index }) => labelOf.get(index) ?? '') } : {}),
    ...(factorNames.length > 0
      ? {
          factors: Float32Array.from(
            batch.flatMap(({ index }) => [...(pictures?.entries[index]?.factors ?? [])]),
          ),
        }
      : {}),
  });
  return {
    name: pictures?.name ?? source.location.split(/[\\/]/).at(-1) ?? source.location,
    total: chosen.length,
    labelNames: names,
    factorNames,
    async *batches(stop) {
      const reading = {
        wanted: (index: number) => wanted.has(index),
        knownSha256: () => undefined,
        signal: stop,
      };
      const telling = { batchSize, onBad: (fault: Fault) => onBad?.(fault) };
      for await (const batch of inBatches(source, card, { ...reading, ...telling })) {
        yield batchOf(batch);
      }
    },
  };
}
