import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createRandom } from '@latentkit/core';
import { parquetReadObjects } from 'hyparquet';
import { asyncBufferFromFile } from 'hyparquet/src/node.js';
import { parseNpy } from '../arrays/npy.ts';
import { mergeVectors } from '../merge/merge-vectors.ts';
import { errorOf, folderOf, removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { loadVectors, openVectors } from './read-vectors.ts';
import { VECTOR_FORMATS } from './vector-format.ts';
import type { VectorBlock } from './vector-rows.ts';
import { writeVectors } from './write-vectors.ts';

const SIZE = 3;
const NAMES = ['a.png', 'deep/b, c.png', 'q"uote.png', 'new\nline.png', 'über/日本.png', ''];

/** `count` rows, the first of them with names that formats stumble over. */
function block(count: number, scored: boolean, from = 0): VectorBlock {
  const rows = Array.from({ length: count }, (_, i) => ({
    id: NAMES[from + i] ?? `${from + i}.png`,
    sha256: (from + i).toString(16).padStart(64, '0'),
    bytes: 2 ** 33 + from + i,
    stamp: `${1e12 + i}.25`,
    ...(scored ? { score: -(i + 1) / 3 } : {}),
  }));
  const vectors = createRandom(from, 'vectors').fillNormal(new Float32Array(count * SIZE));
  vectors.set([-0, 3.4e38, 1e-45]);
  return { rows, vectors };
}

const info = (count: number, scored = false) => ({
  space: 'f'.repeat(64),
  model: 'fake',
  size: SIZE,
  count,
  scored,
});

afterAll(removeTemporaryFolders);

describe.each(VECTOR_FORMATS)('vectors as .%s', (format) => {
  const file = () => join(temporaryFolder(), `vectors.${format}`);

  test.each([true, false])('come back to the bit (scored: %s)', async (scored) => {
    const path = file();
    const blocks = [block(6, scored), block(1, scored, 6), block(3000, scored, 7)];
    const paths = await writeVectors(path, info(3007, scored), blocks);
    expect((await readdir(join(path, '..'))).map((name) => join(path, '..', name)).sort()).toEqual(
      [...paths].sort(),
    );
    const loaded = await loadVectors(path);
    // The same in every format.
    const digest = scored ? /^3d63517ff1e3/ : /^f57c1411025a/;
    expect(loaded.info).toEqual({
      format: 1,
      ...info(3007, scored),
      digest: expect.stringMatching(digest),
    });
    expect(loaded.rows).toEqual(blocks.flatMap(({ rows }) => rows));
    expect(Buffer.from(loaded.vectors.buffer)).toEqual(
      Buffer.concat(blocks.map(({ vectors }) => Buffer.from(vectors.buffer))),
    );
  });

  test('may be none', async () => {
    const path = file();
    await writeVectors(path, info(0), []);
    expect(await loadVectors(path)).toMatchObject({ rows: [], vectors: new Float32Array(0) });
  });

  test('are refused with a name of half a character, which UTF-8 lacks', async () => {
    const path = file();
    const { rows, vectors } = block(2, false);
    const halves = rows.map((row, i) => ({ ...row, id: ['\u{1f600}', '\ud83d'][i] as string }));
    const { code, message } = await errorOf(() =>
      writeVectors(path, info(2), [{ rows: halves, vectors }]),
    );
    expect([code, message]).toEqual([
      'invalid-argument',
      expect.stringContaining('id: expected text of whole characters'),
    ]);
    expect(await readdir(join(path, '..'))).toEqual([]);
  });

  test('are refused when they were cut short', async () => {
    const path = file();
    await writeVectors(path, info(40), [block(40, false)]);
    const { length } = await readFile(path);
    for (const left of [0, 9, Math.floor(length / 2), length - 200]) {
      await truncate(path, left);
      const { code, message } = await errorOf(() => loadVectors(path));
      expect([code, message.includes(path)]).toEqual(['invalid-data', true]);
      await writeVectors(path, info(40), [block(40, false)]);
    }
  });

  test('replace earlier ones as a whole: a failure leaves those, and nothing else', async () => {
    const path = file();
    await writeVectors(path, info(2), [block(2, false)]);
    const before = await loadVectors(path);
    const names = await readdir(join(path, '..'));
    const failing = async function* () {
      yield block(2000, false);
      throw new Error('no more');
    };
    await expect(writeVectors(path, info(4000), failing())).rejects.toThrow('no more');
    expect(await loadVectors(path)).toEqual(before);
    expect(await readdir(join(path, '..'))).toEqual(names);
  });
});

describe('openVectors', () => {
  test('names the endings that it knows', async () => {
    const { code, message } = await errorOf(() => openVectors('vectors.bin'));
    expect(code).toBe('invalid-argument');
    expect(message).toContain('.parquet, .npy, .jsonl, .csv');
  });

  test('says that a file is not there, or no file', async () => {
    const folder = await folderOf({ 'folder.parquet/x': '' });
    for (const name of ['none.npy', 'folder.parquet']) {
      expect(await errorOf(() => openVectors(join(folder, name)))).toMatchObject({
        code: 'not-found',
      });
    }
  });

  test('says that neither a file nor a folder of a name is there', async () => {
    const path = join(temporaryFolder(), 'parts');
    for (const read of [
      () => openVectors(path),
      () => mergeVectors(path, { out: `${path}.parquet` }),
    ]) {
      expect(await errorOf(read)).toMatchObject({
        code: 'not-found',
        message: expect.stringContaining(`There is no file or folder ${path}. Vectors are made by`),
      });
    }
  });

  test.each([
    [
      'a folder of pictures',
      'photos/1.png',
      /photos is a folder; .*'latentkit embed MODEL \S+photos --/,
    ],
    [
      'a model',
      'photos/model.json',
      /photos is the folder of a model; .*embed \S+photos PICTURES --/,
    ],
  ])('says what %s is not, and how to make vectors of it', async (_, file, message) => {
    const folder = await folderOf({ [file]: '' });
    expect(await errorOf(() => openVectors(join(folder, 'photos')))).toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(message),
    });
  });

  test('says which file beside it is missing', async () => {
    const path = join(temporaryFolder(), 'vectors.npy');
    await writeVectors(path, info(2), [block(2, false)]);
    await rm(`${path}.meta.json`);
    expect(await errorOf(() => openVectors(path))).toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('vectors.npy.meta.json'),
    });
  });

  test('refuses what says nothing of a latent space', async () => {
    const folder = await folderOf({ 'a.csv': 'id\n', 'a.csv.meta.json': '{"format":1}' });
    expect(await errorOf(() => openVectors(join(folder, 'a.csv')))).toMatchObject({
      code: 'invalid-data',
      message: expect.stringMatching(/a\.csv\.meta\.json does not say .*space/),
    });
  });

  test('refuses an array of another shape than was written', async () => {
    const path = join(temporaryFolder(), 'vectors.npy');
    await writeVectors(path, info(2), [block(2, false)]);
    await writeFile(`${path}.meta.json`, JSON.stringify({ format: 1, ...info(3) }));
    const { blocks } = await openVectors(path);
    expect(await errorOf(() => blocks().next())).toMatchObject({
      message: expect.stringContaining('float32 [2, 3], not float32 [3, 3]'),
    });
  });
});

describe('what other programs read', () => {
  test('a Parquet file has plain columns and a list of floats', async () => {
    const path = join(temporaryFolder(), 'vectors.parquet');
    const { rows, vectors } = block(2, true);
    await writeVectors(path, info(2, true), [{ rows, vectors }]);
    const [first] = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
    expect(first).toEqual({
      ...rows[0],
      bytes: BigInt(rows[0]?.bytes ?? 0),
      vector: Array.from(vectors.subarray(0, SIZE)),
    });
  });

  test('an .npy holds the vectors alone', async () => {
    const path = join(temporaryFolder(), 'vectors.npy');
    const { rows, vectors } = block(5, false);
    await writeVectors(path, info(5), [{ rows, vectors }]);
    const { head, values } = parseNpy(await readFile(path), path);
    expect([head.dims, head.byteOffset % 64]).toEqual([[5, SIZE], 0]);
    expect(values).toEqual(vectors);
  });

  test('a line of JSON and of CSV says all of a row', async () => {
    const folder = temporaryFolder();
    const vectors = Float32Array.of(0.1, -1e-7, 3);
    const rows = [{ id: 'a "b"', sha256: 'c', bytes: 7, stamp: '8', score: -1.5 }];
    const written = { ...info(1, true) };
    await writeVectors(join(folder, 'v.jsonl'), written, [{ rows, vectors }]);
    await writeVectors(join(folder, 'v.csv'), written, [{ rows, vectors }]);
    expect(await readFile(join(folder, 'v.jsonl'), 'utf8')).toBe(
      '{"id":"a \\"b\\"","sha256":"c","bytes":7,"stamp":"8","score":-1.5,"vector":[0.100000001,-1.00000001e-7,3]}\n',
    );
    expect(await readFile(join(folder, 'v.csv'), 'utf8')).toBe(
      'id,sha256,bytes,stamp,score,v0,v1,v2\n"a ""b""",c,7,8,-1.5,0.100000001,-1.00000001e-7,3\n',
    );
  });
});
