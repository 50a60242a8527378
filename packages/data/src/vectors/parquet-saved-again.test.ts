import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { CompressionCodec } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { mergeVectors } from '../merge/merge-vectors.ts';
import { openSearch } from '../search/search-vectors.ts';
import { errorOf, removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { loadVectors } from './read-vectors.ts';
import { writeVectors } from './write-vectors.ts';

afterAll(removeTemporaryFolders);

/** What other programs make of a file of vectors when they save it again: the same columns, in types of their own. */
const COUNT = 3;
const INFO = { space: 'f'.repeat(64), model: 'fake', size: 2, count: COUNT, scored: true };
const COLUMNS = {
  id: ['1', '2', '3'],
  sha256: ['a', 'b', 'c'],
  bytes: [10n, 20n, 30n],
  stamp: ['4', '5', '6'],
  score: [-1, -2, -3],
  vector: [
    [1, 2],
    [3, 4],
    [5, 6],
  ],
};
const TYPES = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  int64: { type: 'INT64' },
  int32: { type: 'INT32' },
  double: { type: 'DOUBLE' },
  float: { type: 'FLOAT' },
  time: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
} as const;
type Type = keyof typeof TYPES;

interface Saved {
  readonly data?: Readonly<Record<string, readonly unknown[]>>;
  readonly types?: Readonly<Record<string, Type>>;
  readonly codec?: CompressionCodec;
  /** Says that its row group holds none. */
  readonly empty?: boolean;
  readonly required?: boolean;
  readonly pageSize?: number;
}

async function saved({ data, types, codec, empty, required, pageSize = 1000 }: Saved) {
  const path = join(temporaryFolder(), 'saved.parquet');
  const given = { repetition_type: required ? 'REQUIRED' : 'OPTIONAL' } as const;
  const column = (name: string, standard: Type) => ({
    ...{ name, ...TYPES[types?.[name] ?? standard], ...given },
  });
  const said = JSON.stringify({ format: 1, ...INFO, ...(empty ? { count: 0 } : {}) });
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({
    writer: bytes,
    codec: codec ?? 'UNCOMPRESSED',
    compressors: {
      GZIP: (bytes) => zlib.gzipSync(bytes),
      BROTLI: (bytes) => zlib.brotliCompressSync(bytes),
      ZSTD: (bytes) => zstd?.(bytes) ?? bytes,
      LZ4_RAW: (bytes) => bytes,
    },
    kvMetadata: [{ key: 'latentkit.vectors', value: said }],
    schema: [
      { name: 'root', num_children: 6 },
      column('id', 'text'),
      column('sha256', 'text'),
      column('bytes', 'int64'),
      column('stamp', 'text'),
      column('score', 'double'),
      { name: 'vector', converted_type: 'LIST', ...given, num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { ...column('vector', 'float'), name: 'element' },
    ],
  });
  const columns: Record<string, readonly unknown[]> = { ...COLUMNS, ...data };
  writer.write({
    pageSize,
    columnData: Object.entries(columns).map(([name, data]) => ({
      ...{ name, data: [...data], encoding: 'PLAIN' },
    })),
  });
  for (const group of empty ? writer.row_groups : []) {
    group.num_rows = 0n;
    for (const { meta_data } of group.columns) Object.assign(meta_data ?? {}, { num_values: 0n });
  }
  writer.finish();
  await writeFile(path, bytes.getBytes());
  return path;
}

const { zstdCompressSync: zstd } = zlib as {
  readonly zstdCompressSync?: (bytes: Uint8Array) => Uint8Array;
};

const ROWS = COLUMNS.id.map((id, i) => ({
  ...{ id, sha256: COLUMNS.sha256[i], bytes: 10 * (i + 1), stamp: COLUMNS.stamp[i] },
  score: -(i + 1),
}));
const LOADED = { rows: ROWS, vectors: Float32Array.of(1, 2, 3, 4, 5, 6) };

describe('a Parquet file of vectors that another program saved again', () => {
  test.each<CompressionCodec>(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI'])(
    'is read that is compressed by %s',
    async (codec) => {
      expect(await loadVectors(await saved({ codec }))).toMatchObject(LOADED);
    },
  );

  test('by ZSTD where Node knows it, and is named where it does not', async () => {
    const path = await saved({ codec: 'ZSTD' });
    if (zstd) expect(await loadVectors(path)).toMatchObject(LOADED);
    else
      expect(await errorOf(() => loadVectors(path))).toMatchObject({
        code: 'invalid-data',
        message: expect.stringMatching(
          /is compressed by ZSTD, which Node reads from 22\.15 on; UNCOMPRESSED, SNAPPY, GZIP, BROTLI are\. Save it again/,
        ),
      });
  });

  test('is named by how it is compressed where nothing here reads that, and not called broken', async () => {
    const { code, message } = await errorOf(async () =>
      loadVectors(await saved({ codec: 'LZ4_RAW' })),
    );
    expect([code, message]).toEqual([
      'invalid-data',
      expect.stringMatching(/is compressed by LZ4_RAW, which is not read here; .* Save it again/),
    ]);
  });

  test('is read of columns in several pages', async () => {
    expect(await loadVectors(await saved({ pageSize: 1, required: true }))).toMatchObject(LOADED);
  });

  test('may have a row group of no rows', async () => {
    expect((await loadVectors(await saved({ empty: true }))).rows).toEqual([]);
  });

  test('has whole numbers for text, and other widths of numbers', async () => {
    const path = await saved({
      data: {
        id: [1n, 2n, 3n],
        stamp: [4n, 5n, 6n],
        bytes: [10, 20, 30],
        score: [-1n, -2n, -3n],
      },
      types: { id: 'int64', stamp: 'int64', bytes: 'int32', score: 'int64', vector: 'double' },
    });
    expect(await loadVectors(path)).toMatchObject(LOADED);
  });

  test.each<[string, string, string, Type, unknown[], number]>([
    ['null as a name', 'id', 'text', 'text', ['a', null, 'b'], 1],
    ['a fraction as a name', 'id', 'text', 'double', [1, 2, 1.5], 2],
    ['null as a digest', 'sha256', 'text', 'text', [null, 'a', 'b'], 0],
    ['a time as a stamp', 'stamp', 'text', 'time', Array(3).fill(new Date(7)), 0],
    ['null as a length', 'bytes', 'a number of bytes', 'int64', [1n, null, 3n], 1],
    ['a text as a length', 'bytes', 'a number of bytes', 'text', ['1', '2', '3'], 0],
    ['a length below 0', 'bytes', 'a number of bytes', 'int64', [1n, -1n, 3n], 1],
    ['null as a score', 'score', 'a number', 'double', [1.5, null, 2.5], 1],
    ['a text as a score', 'score', 'a number', 'text', ['1', '2', '3'], 0],
    [
      'null in a vector',
      'vector',
      'a float',
      'float',
      [
        [1, 2],
        [3, null],
        [4, 5],
      ],
      1,
    ],
    ['texts in a vector', 'vector', 'a float', 'text', Array(3).fill(['1', '2']), 0],
    ['integers of 64 bits in a vector', 'vector', 'a float', 'int64', Array(3).fill([1n, 2n]), 0],
  ])('is refused by column and row for %s', async (_, name, expected, type, values, row) => {
    const path = await saved({ data: { [name]: values }, types: { [name]: type } });
    for (const read of [
      () => loadVectors(path),
      () => openSearch(path),
      () => mergeVectors(path, { out: join(temporaryFolder(), 'merged.csv') }),
    ]) {
      const { code, message } = await errorOf(read);
      const says = `in row ${row} of its column '${name}', where ${expected} was expected`;
      expect([code, message]).toEqual(['invalid-data', expect.stringContaining(says)]);
    }
  });

  test('is refused for names that are no UTF-8, which would become one', async () => {
    const path = await saved({ data: { id: ['über', 'b', 'c'] } });
    const bytes = await readFile(path);
    bytes[bytes.indexOf('über')] = 0xff;
    await writeFile(path, bytes);
    expect(await errorOf(() => loadVectors(path))).toMatchObject({
      code: 'invalid-data',
      message: expect.stringContaining('text that is no UTF-8'),
    });
  });
});

describe('a text of vectors that another program saved again', () => {
  const rows = [{ id: 'a', sha256: 'b', bytes: 1, stamp: '2', score: -1 }];
  const about = { ...INFO, count: 1 };
  const changed = async (ending: string, from: string, to: string) => {
    const path = join(temporaryFolder(), `v.${ending}`);
    await writeVectors(path, about, [{ rows, vectors: Float32Array.of(3, 4) }]);
    await writeFile(`${path}.meta.json`, JSON.stringify({ format: 1, ...about }));
    const text = await readFile(path, 'utf8');
    expect(text).toContain(from);
    await writeFile(path, text.replace(from, to));
    return path;
  };

  test.each([
    ['csv', ',3,4', ',,4', /'a' lacks its vector/],
    ['csv', ',3,4', ',x,4', /'a' lacks its vector/],
    ['csv', ',1,2', ',,2', /'a' lacks its number of bytes/],
    ['csv', ',1,2', ',1.5,2', /'a' lacks its number of bytes/],
    ['csv', ',-1,', ',,', /'a' lacks its score/],
    ['csv', ',-1,', ',x,', /'a' lacks its score/],
    ['jsonl', '"bytes":1', '"bytes":1.5', /line 1 is no row/],
    ['jsonl', '"id":"a"', '"id":7', /line 1 is no row/],
    ['jsonl', '"score":-1,', '', /line 1 lacks its score/],
    ['jsonl', '[3,4]', '[null,4]', /'a' lacks its vector/],
  ])('is refused in .%s where %s became %s', async (ending, from, to, message) => {
    const path = await changed(ending, from, to);
    expect(await errorOf(() => loadVectors(path))).toMatchObject({
      code: 'invalid-data',
      message: expect.stringMatching(message),
    });
  });
});
