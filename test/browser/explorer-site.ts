import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeStrokes, readItems } from '@latentkit/data';
import { type ExplorerItems, writeExplorerSite } from '@latentkit/explorer';
import { loadAutoencoder } from '@latentkit/node';

const ROOT = resolve(__dirname, '../..');
const PAGE = join(ROOT, 'packages/explorer/dist/page');

/** Digits of strokes, with their labels and factors. */
export function strokeItems(count: number): ExplorerItems {
  const { test: split, labelNames, name } = makeStrokes(1, count, 7);
  const { factors } = split;
  const width = factors?.names.length ?? 0;
  return {
    ...{ name, total: count, labelNames, factorNames: factors?.names ?? [] },
    async *batches() {
      for (let from = 0; from < count; from += 64) {
        const to = Math.min(count, from + 64);
        const rows = Array.from({ length: to - from }, (_, i) => from + i);
        yield {
          ids: rows.map((row) => `stroke-${row}`),
          items: readItems(split, from, to),
          labels: rows.map((row) => labelNames[split.labels[row]!]!),
          factors: factors?.values.subarray(from * width, to * width),
        };
      }
    },
  };
}

/** Writes the explorer of a model of this repository over strokes, as `latentkit explore` does. */
export async function strokesSite(
  model: string,
  count: number,
  { webgpu = false } = {},
): Promise<{ readonly site: string; readonly remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-explorer-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const modelFolder = join(ROOT, 'models', model);
    await using loaded = await loadAutoencoder(modelFolder);
    const site = join(folder, 'site');
    const options = { out: site, modelFolder, page: PAGE, webgpu };
    await writeExplorerSite(loaded, strokeItems(count), options);
    return { site, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
