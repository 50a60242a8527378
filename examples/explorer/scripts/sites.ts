import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createRandom } from '@latentkit/core';
import { type Dataset, makeStrokes, readItems } from '@latentkit/data';
import { type ExplorerInfo, writeExplorerSite } from '@latentkit/explorer';
import { loadAutoencoder } from '@latentkit/node';
import { loadDataset } from '@latentkit/training';
import { parquetReadObjects } from 'hyparquet';
import { pointsFile } from '../../../packages/explorer/src/data/points-file.ts';

/** Sites for the scripts beside this one. */

export const ROOT = resolve(import.meta.dirname, '../../..');

export async function temporarySite(): Promise<{ site: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-explorer-'));
  return { site: join(folder, 'site'), remove: () => rm(folder, { recursive: true, force: true }) };
}

/**
 * Writes the explorer of a model over strokes, or over test items of MNIST: from a folder that has it, or from where
 * `loadDataset` finds it.
 */
export async function writeExample(
  site: string,
  model: string,
  count: number,
  { data: wanted, dataDir }: { data?: 'strokes' | 'mnist'; dataDir?: string | undefined } = {},
): Promise<void> {
  const data =
    wanted === 'mnist'
      ? await loadDataset({ name: 'mnist', ...(dataDir === undefined ? {} : { dataDir }) })
      : makeStrokes(1, count, 7);
  await writeExplorerOf(site, join(ROOT, 'models', model), data, count);
}

/** Writes the explorer of a model over the first test items of a data set. */
export async function writeExplorerOf(
  site: string,
  modelFolder: string,
  { test: split, labelNames, name }: Dataset,
  count: number,
): Promise<void> {
  const { factors } = split;
  const width = factors?.names.length ?? 0;
  const total = Math.min(count, split.count);
  await using loaded = await loadAutoencoder(modelFolder);
  await writeExplorerSite(
    loaded,
    {
      ...{ name, total, labelNames, factorNames: factors?.names ?? [] },
      async *batches() {
        for (let from = 0; from < total; from += 128) {
          const to = Math.min(total, from + 128);
          const rows = Array.from({ length: to - from }, (_, i) => from + i);
          yield {
            ids: rows.map((row) => `${name}-${row}`),
            items: readItems(split, from, to),
            labels: rows.map((row) => labelNames[split.labels[row] as number] as string),
            factors: factors?.values.subarray(from * width, to * width),
          };
        }
      },
    },
    { out: site, modelFolder, page: join(ROOT, 'packages/explorer/dist/page') },
  );
}

/** Gives a site more points: each of its own many times, a little aside. Their pictures are those of the first. */
export async function multiplyPoints(site: string, count: number): Promise<void> {
  const folder = join(site, 'data');
  const path = join(folder, 'explorer.json');
  const info = JSON.parse(await readFile(path, 'utf8')) as ExplorerInfo;
  const bytes = await readFile(join(folder, info.points));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const rows = (await parquetReadObjects({ file })) as Record<string, unknown>[];
  const random = createRandom(1, 'explorer/more points');
  const at = (i: number) => rows[i % rows.length] as Record<string, unknown>;
  const numbers = (name: string, aside: number) =>
    Float32Array.from(
      { length: count },
      (_, i) => (at(i)[name] as number) + aside * random.normal(),
    );
  const columns = pointsFile(
    [
      { name: 'id', type: 'text', values: Array.from({ length: count }, (_, i) => `point-${i}`) },
      {
        ...{ name: 'label', type: 'text' },
        values: Array.from({ length: count }, (_, i) => at(i)['label'] as string),
      },
      ...info.factors.map(
        ({ column }) => ({ name: column, type: 'float', values: numbers(column, 0) }) as const,
      ),
      { name: 'score', type: 'float', values: numbers('score', 1) },
      { name: 'error', type: 'float', values: numbers('error', 0) },
      { name: 'cluster', type: 'int', values: numbers('cluster', 0) },
      ...info.projections.flatMap(({ columns: names }) =>
        names.map((name) => ({ name, type: 'float', values: numbers(name, 0.15) }) as const),
      ),
      {
        ...{ name: 'vector', type: 'float', list: info.size },
        values: Float32Array.from({ length: count * info.size }, (_, i) => {
          const vector = at(Math.floor(i / info.size))['vector'] as number[];
          return (vector[i % info.size] as number) + 0.1 * random.normal();
        }),
      },
    ],
    count,
  );
  await writeFile(join(folder, info.points), columns);
  const sheets = Math.ceil(count / (info.thumbnails.columns * info.thumbnails.rows));
  const files = Array.from({ length: sheets }, (_, i) => `thumbnails-${i}.webp`);
  for (const name of files.slice(1)) {
    await copyFile(join(folder, 'thumbnails-0.webp'), join(folder, name));
  }
  await writeFile(
    path,
    JSON.stringify({ ...info, count, thumbnails: { ...info.thumbnails, files } }),
  );
}
