import { existsSync } from 'node:fs';
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { errorOf, removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { loadVectors } from '../vectors/read-vectors.ts';
import type { VectorFileInfo } from '../vectors/vector-sidecar.ts';
import { writeVectors } from '../vectors/write-vectors.ts';
import { mergeVectors } from './merge-vectors.ts';
import { PartsError } from './parts-error.ts';

afterAll(removeTemporaryFolders);

const INFO = { space: 'sha256:one', model: 'mine', size: 2, scored: false } as const;

let folder: string;
beforeEach(() => {
  folder = join(temporaryFolder(), 'parts');
});

/** A file of vectors whose rows are named, each the vector [code of its first letter, 1]. */
function write(name: string, ids: string, more: Partial<VectorFileInfo> = {}): Promise<string[]> {
  const rows = [...ids].map((id) => ({ id, sha256: id.repeat(4), bytes: 1, stamp: 'then' }));
  const vectors = Float32Array.from([...ids].flatMap((id) => [id.charCodeAt(0), 1]));
  const info = { ...INFO, count: rows.length, ...more };
  return writeVectors(join(folder, name), info, [{ rows, vectors }]);
}
const shard = (index: number, of: number) => ({ shard: { index, of } });

describe('mergeVectors', () => {
  test.each(['parquet', 'npy', 'jsonl', 'csv'])('puts shards of .%s in order', async (ending) => {
    await write(`z.${ending}`, 'abc', shard(0, 3));
    await write(`b.${ending}`, '', shard(1, 3));
    await write(`a.${ending}`, 'de', shard(2, 3));
    const out = join(folder, '../all.parquet');
    const told: number[] = [];
    const report = await mergeVectors(folder, { out, onProgress: (done) => void told.push(done) });
    expect(report).toMatchObject({ rows: 5, files: [out] });
    expect(told.at(-1)).toBe(5);
    const { rows, vectors, info } = await loadVectors(out);
    expect(rows.map(({ id }) => id).join('')).toBe('abcde');
    expect(Array.from(vectors).filter((_, i) => i % 2 === 0)).toEqual([97, 98, 99, 100, 101]);
    expect(info).toMatchObject({ ...INFO, count: 5 });
    expect(info.shard).toBeUndefined();
  });

  test('takes files without shards, and passes over its own output of before', async () => {
    await write('one.csv', 'ab');
    await write('two.parquet', 'c');
    const out = join(folder, 'all.csv');
    await mergeVectors([folder], { out });
    expect((await mergeVectors([folder], { out })).rows).toBe(3);
    expect((await readFile(out, 'utf8')).trim().split('\n')).toHaveLength(4);
  });

  test('refuses to write over a part that is named', async () => {
    await write('one.csv', 'ab', shard(0, 2));
    await write('two.csv', 'c', shard(1, 2));
    const parts = [join(folder, 'one.csv'), join(folder, 'two.csv')];
    expect(
      await errorOf(() => mergeVectors(parts, { out: join(folder, 'one.csv') })),
    ).toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('none of the parts'),
    });
  });

  test('refuses to replace vectors of another latent space', async () => {
    await write('one.csv', 'ab');
    const [out] = (await write('../all.csv', 'c', { space: 'elsewhere', model: 'other' })) as [
      string,
    ];
    const before = await readFile(out);
    expect(await errorOf(() => mergeVectors(folder, { out }))).toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(/^out: .*remove this one, received 'one of other \(elsewhere/),
    });
    expect((await readFile(out)).equals(before)).toBe(true);
  });

  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['a shard that is missing', () => write('a.csv', 'ab', shard(1, 3)), /1\/3, 3\/3/],
    [
      'a shard that is there twice',
      () => Promise.all([write('a.csv', 'a', shard(0, 1)), write('b.csv', 'b', shard(0, 1))]),
      /are shard 1\/1/,
    ],
    [
      'a picture that is in two files',
      () => Promise.all([write('a.csv', 'ab'), write('b.csv', 'bc')]),
      /both hold 'b'/,
    ],
    [
      'another latent space',
      () => Promise.all([write('a.csv', 'a'), write('b.csv', 'b', { space: 'sha256:two' })]),
      /another latent space/,
    ],
    [
      'shards of another number',
      () => Promise.all([write('a.csv', 'a', shard(0, 2)), write('b.csv', 'b', shard(1, 3))]),
      /of 3 shards and of 2 shards/,
    ],
    [
      'shards of another plan',
      () =>
        Promise.all(
          ['one', 'two'].map((plan, index) =>
            write(`${plan}.csv`, plan[0] as string, { shard: { index, of: 2, plan } }),
          ),
        ),
      /different plans/,
    ],
    [
      'a part of what was not shared out',
      () => Promise.all([write('a.csv', 'a'), write('b.csv', 'b', shard(0, 1))]),
      /no shards/,
    ],
    [
      'a file that was cut',
      async () => {
        await write('a.parquet', 'abc');
        await truncate(join(folder, 'a.parquet'), 100);
      },
      /a\.parquet/,
    ],
    [
      'a file that is none',
      async () => {
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, 'a.parquet'), 'text');
      },
      /a\.parquet/,
    ],
  ])('refuses %s, and leaves no file', async (_, make, message) => {
    await make();
    const out = join(folder, '../all.parquet');
    const error = await errorOf(() => mergeVectors(folder, { out }));
    expect(error.code).toBe('invalid-data');
    expect(error.message).toMatch(message);
    expect(existsSync(out)).toBe(false);
  });

  test('lists what is missing, and what is there twice', async () => {
    await write('a.csv', 'ab', shard(1, 4));
    await write('b.csv', 'ca', shard(2, 4));
    const out = join(folder, '../all.parquet');
    const merge = () => errorOf(() => mergeVectors(folder, { out }));
    expect(await merge()).toMatchObject({ missing: ['1/4', '4/4'], doubled: [] });
    await write('c.csv', 'b', shard(0, 4));
    await write('d.csv', 'd', shard(3, 4));
    const doubled = await merge();
    expect(PartsError.isInstance(doubled)).toBe(true);
    expect((doubled as PartsError).doubled.toSorted()).toEqual(['a', 'b']);
    await write('e.csv', 'e', shard(3, 4));
    expect(await merge()).toMatchObject({ missing: [], doubled: ['4/4'] });
  });

  test('tells what the parts left out, and drops it from the whole', async () => {
    const leftOut = [{ id: 'x', reason: 'it is no picture' }];
    await write('a.csv', 'ab', { ...shard(0, 1), leftOut });
    const out = join(folder, '../all.parquet');
    expect(await mergeVectors(folder, { out })).toMatchObject({ rows: 2, leftOut });
    expect((await loadVectors(out)).info.leftOut).toBeUndefined();
  });

  test('refuses nothing at all, and what are no paths', async () => {
    await mkdir(folder, { recursive: true });
    const out = join(folder, '../all.parquet');
    expect((await errorOf(() => mergeVectors(folder, { out }))).code).toBe('not-found');
    expect((await errorOf(() => mergeVectors(7 as never, { out }))).code).toBe('invalid-argument');
    expect((await errorOf(() => mergeVectors(folder, undefined as never))).code).toBe(
      'invalid-argument',
    );
    expect((await errorOf(() => mergeVectors(folder, { out: 'x.bin' }))).code).toBe(
      'invalid-argument',
    );
  });

  test('stops when it is told to', async () => {
    await write('a.csv', 'abc');
    const out = join(folder, '../all.parquet');
    const signal = AbortSignal.abort();
    expect((await errorOf(() => mergeVectors(folder, { out, signal }))).code).toBe('aborted');
    expect(existsSync(out)).toBe(false);
  });
});
