import type { ModelCard } from '@latentkit/core';
import type { Dataset, LabelledItems, Split } from '@latentkit/data';
import type { Io } from '../io.ts';
import { loadModelData, modelData } from '../model-data.ts';

/** Items that are encoded together. */
const TOGETHER = 128;

/**
 * The items that an explorer shows: those of files with their names, or those of a data set that is known by name,
 * test items first.
 *
 * @param limit at most so many
 * @throws as `labelledItems` and `loadDataset`
 */
export async function explorerItems(
  card: ModelCard,
  {
    data,
    dataDir,
    limit,
    onBad,
  }: {
    readonly data?: string | undefined;
    readonly dataDir?: string | undefined;
    readonly limit?: number | undefined;
    readonly onBad: (fault: { readonly id: string; readonly reason: string }) => void;
  },
  signal: AbortSignal,
  io: Io,
): Promise<LabelledItems> {
  const config = modelData(card, { data, dataDir });
  if (config.name === 'files' && config.dataDir !== undefined) {
    const { labelledItems } = await import('@latentkit/data');
    return labelledItems(config.dataDir, card, { limit, signal, onBad });
  }
  const loaded = await loadModelData(card, { data, dataDir }, signal, io);
  return datasetItems(loaded, limit ?? Number.POSITIVE_INFINITY);
}

/** Items of a data set: `test/12` is the thirteenth of its part. */
async function datasetItems(data: Dataset, limit: number): Promise<LabelledItems> {
  const { readItems, takeItems } = await import('@latentkit/data');
  const parts: (readonly [name: string, split: Split])[] = [];
  let total = 0;
  for (const name of ['test', 'validation', 'train'] as const) {
    const split = data[name];
    if (!split) continue;
    const some = takeItems(split, Math.min(split.count, limit - total));
    parts.push([name, some]);
    total += some.count;
  }
  const factorNames = parts[0]?.[1].factors?.names ?? [];
  const width = factorNames.length;
  return {
    name: data.name,
    total,
    labelNames: data.labelNames,
    factorNames,
    async *batches() {
      for (const [name, split] of parts) {
        for (let from = 0; from < split.count; from += TOGETHER) {
          const to = Math.min(split.count, from + TOGETHER);
          const rows = Array.from({ length: to - from }, (_, i) => from + i);
          yield {
            ids: rows.map((row) => `${name}/${row}`),
            items: readItems(split, from, to),
            labels: data.labelNames.length
              ? rows.map((row) => data.labelNames[split.labels[row] as number] as string)
              : undefined,
            factors: split.factors?.values.subarray(from * width, to * width),
          };
        }
      }
    },
  };
}
