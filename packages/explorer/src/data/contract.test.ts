import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { fakeAutoencoder } from '@latentkit/core/testing';
import { tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm/node';
import { fakeItems, removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { writeExplorerData } from '../write-explorer.ts';

afterAll(removeTemporaryFolders);

/**
 * What docs/explorer.md promises to other programs, read by Arrow's own reader of Parquet (arrow-rs). embedding-atlas
 * takes two columns of numbers for `--x` and `--y`, and for `--neighbors` one of `{ ids, distances }` whose ids are
 * numbers of rows.
 */
test('points.parquet has the columns and types that other programs are promised', async () => {
  await using model = await fakeAutoencoder();
  const out = join(temporaryFolder(), 'data');
  const { count, size, neighbours } = await writeExplorerData(model, fakeItems(60), { out });
  const bytes = await readFile(join(out, 'points.parquet'));
  const table = tableFromIPC(readParquet(new Uint8Array(bytes)).intoIPCStream());
  expect(table.numRows).toBe(count);
  expect(table.schema.fields.map(({ name, type }) => [name, String(type)])).toEqual([
    ['id', 'Utf8'],
    ['label', 'Utf8'],
    ['factor_light', 'Float32'],
    ['score', 'Float32'],
    ['error', 'Float32'],
    ['cluster', 'Int32'],
    ['umap_x', 'Float32'],
    ['umap_y', 'Float32'],
    ['pca_x', 'Float32'],
    ['pca_y', 'Float32'],
    ['neighbours', 'Struct<{ids:List<Int32>, distances:List<Float32>}>'],
    ['vector', 'List<Float32>'],
  ]);
  // Nothing is missing anywhere: a reader need not look.
  expect(table.schema.fields.map(({ nullable }) => nullable)).toEqual(Array(12).fill(false));
  const column = (name: string) => table.getChild(name)!;
  for (let row = 0; row < count; row++) {
    const { ids, distances } = column('neighbours').get(row)!.toJSON() as {
      ids: Iterable<number>;
      distances: Iterable<number>;
    };
    const [near, far] = [[...ids], [...distances]];
    expect(near).toHaveLength(neighbours.k);
    expect(near.every((other) => other >= 0 && other < count && other !== row)).toBe(true);
    expect(far).toEqual([...far].sort((a, b) => a - b));
    const vector = [...column('vector').get(row)!] as number[];
    expect(vector).toHaveLength(size);
    const nearest = [...column('vector').get(near[0]!)!] as number[];
    const distance = Math.hypot(...vector.map((value, i) => value - nearest[i]!));
    expect(far[0]).toBeCloseTo(distance, 5);
    for (const name of ['umap_x', 'umap_y']) {
      expect(Number.isFinite(column(name).get(row))).toBe(true);
    }
  }
});
