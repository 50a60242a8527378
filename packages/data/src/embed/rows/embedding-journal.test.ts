import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { damagesOf } from '@latentkit/system/damages-for-tests';
import { removeTemporaryFolders, temporaryFolder } from '../../testing.ts';
import { EmbeddingJournal } from './embedding-journal.ts';

afterAll(removeTemporaryFolders);

const HEAD = { size: 3, scored: true, space: 'space', model: 'model' } as never;
const ROWS = ['a.png', 'b.png', 'ü "c".png'].map((id, i) => ({
  id,
  sha256: String(i).repeat(64),
  bytes: 100 + i,
  stamp: `${i}`,
  score: i / 3,
}));
const VECTORS = Float32Array.from({ length: 9 }, (_, i) => i / 7);
const FILES = ['head.json', 'rows.jsonl', 'vectors.f32'];

async function written(folder: string): Promise<Map<string, Uint8Array>> {
  const journal = await EmbeddingJournal.open(folder, HEAD);
  await journal.append({ rows: ROWS, vectors: VECTORS } as never);
  await journal.close();
  return new Map(
    await Promise.all(
      FILES.map(async (name) => [name, await readFile(join(folder, name))] as const),
    ),
  );
}

/** What counts when the journal is opened again: rows, and their vectors. */
async function found(folder: string): Promise<[rows: unknown[], vectors: Float32Array]> {
  const journal = await EmbeddingJournal.open(folder, HEAD);
  const rows = ROWS.flatMap(({ id }) => journal.row(id) ?? []);
  const vectors = await journal.vectorsOf(rows);
  await journal.close();
  return [rows, vectors];
}

const kept = (count: number) => [
  ROWS.slice(0, count).map((row, at) => ({ ...row, at })),
  VECTORS.slice(0, 3 * count),
];

describe('EmbeddingJournal', () => {
  test('finds what was appended', async () => {
    const folder = temporaryFolder();
    await written(folder);
    expect(await found(folder)).toEqual(kept(3));
  });

  test.each(FILES)('of a damaged %s only rows count that are what was written', async (name) => {
    const folder = temporaryFolder();
    const whole = await written(folder);
    let fewer = 0;
    for (const damage of damagesOf(whole.get(name) as Uint8Array, 40)) {
      for (const [each, bytes] of whole) await writeFile(join(folder, each), bytes);
      await writeFile(join(folder, name), damage.bytes);
      const [rows, vectors] = await found(folder);
      expect([damage.name, rows, vectors]).toEqual([damage.name, ...kept(rows.length)]);
      if (rows.length < 3) fewer += 1;
    }
    expect(fewer).toBeGreaterThan(20);
  });
});
