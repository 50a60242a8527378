import { createHash } from 'node:crypto';
import { copyFileSync, readdirSync } from 'node:fs';
import {
  appendFile,
  mkdir,
  readdir,
  readFile,
  rm,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Encoder } from '@latentkit/core';
import { takeLock } from '@latentkit/system';
import { mergeVectors } from '../merge/merge-vectors.ts';
import {
  errorOf,
  folderOf,
  npy,
  picture,
  pictures,
  removeTemporaryFolders,
  temporaryFolder,
  zip,
} from '../testing.ts';
import { loadVectors } from '../vectors/read-vectors.ts';
import { embedFiles } from './embed-files.ts';
import type { ItemSource } from './item-source.ts';
import { openItems } from './open-items.ts';
import { partOf } from './part-of.ts';

const SIDE = 4;

/** Embeds an item as its mean value and its first, and counts what it is given. */
function fakeEncoder({
  space = 'space-a',
  layout = 'HWC',
  labels,
  fail = () => false,
}: {
  readonly space?: string;
  readonly layout?: string;
  readonly labels?: readonly string[];
  readonly fail?: () => boolean;
} = {}) {
  const seen: number[] = [];
  const conditions: unknown[] = [];
  const shape = layout === 'HWC' ? [SIDE, SIDE, 3] : [3, SIDE, SIDE];
  const size = SIDE * SIDE * 3;
  const encoder = {
    space,
    card: {
      name: 'fake',
      item: { shape, layout, range: [0, 1] },
      preprocessing: { scale: 1 / 255, offset: 0 },
      latent: { kind: 'gaussian', size: 2 },
      ...(labels ? { condition: { labels } } : {}),
    },
    async embed(items: Uint8Array | Float32Array, { condition }: { condition?: unknown } = {}) {
      conditions.push(condition);
      const count = items.length / size;
      if (fail()) throw new Error('the model broke');
      seen.push(count);
      const data = new Float32Array(count * 2);
      for (let i = 0; i < count; i++) {
        const item = items.subarray(i * size, (i + 1) * size);
        const sum = Array.from(item).reduce((total, value) => total + value, 0);
        data.set([sum / size, item[1] ?? 0], i * 2);
      }
      return { data, dims: [count, 2], dtype: 'float32' };
    },
  };
  const total = () => seen.reduce((sum, count) => sum + count, 0);
  return { encoder: encoder as unknown as Encoder, seen, conditions, total };
}

/** Where the last number of the vectors stands in a file, or a digit of it. */
function placeOf(file: Buffer, value: number, format: string): number {
  if (format === 'csv' || format === 'jsonl')
    return file.lastIndexOf(`${value}`) + `${value}`.length - 1;
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return file.lastIndexOf(bytes);
}

const withScores = (encoder: Encoder) =>
  ({
    encoder,
    async score(items: Uint8Array, { seed }: { seed: number }) {
      const { data } = await encoder.embed(items);
      return { elbo: Float64Array.from({ length: data.length / 2 }, (_, i) => seed - i) };
    },
  }) as never;

afterAll(removeTemporaryFolders);

describe('embedFiles', () => {
  let folder: string;
  let out: string;
  beforeEach(async () => {
    folder = await folderOf(pictures(10, (i) => `${i % 2 ? 'odd' : 'even'}/${i}.png`));
    out = join(temporaryFolder(), 'new/vectors.parquet');
  });

  test('writes a row a file, in their order, with what each was made from', async () => {
    const { encoder, seen } = fakeEncoder();
    const told: number[] = [];
    const report = await embedFiles(encoder, folder, {
      out,
      batchSize: 4,
      onProgress: ({ done }) => void told.push(done),
    });
    expect(report).toMatchObject({
      rows: 10,
      embedded: 10,
      unchanged: 0,
      bad: [],
      space: 'space-a',
    });
    expect([seen, told]).toEqual([
      [4, 4, 2],
      [4, 8, 10],
    ]);
    const { info, rows, vectors } = await loadVectors(out);
    expect(info).toMatchObject({ space: 'space-a', model: 'fake', size: 2, count: 10 });
    expect(rows.map(({ id }) => id)).toEqual(
      [0, 2, 4, 6, 8, 1, 3, 5, 7, 9].map((i) => `${i % 2 ? 'odd' : 'even'}/${i}.png`),
    );
    const bytes = await readFile(join(folder, 'odd/3.png'));
    expect(rows[6]).toMatchObject({
      sha256: createHash('sha256').update(bytes).digest('hex'),
      bytes: bytes.length,
    });
    expect(new Set(vectors).size).toBeGreaterThan(10);
    expect(await readdir(join(out, '..'))).toEqual(['vectors.parquet']);
  });

  test('embeds again what changed, what is new, and nothing else', async () => {
    await embedFiles(fakeEncoder().encoder, folder, { out });
    const before = await loadVectors(out);
    const again = fakeEncoder();
    expect(await embedFiles(again.encoder, folder, { out })).toMatchObject({
      embedded: 0,
      unchanged: 10,
    });
    await writeFile(join(folder, 'even/0.png'), await picture(77));
    await writeFile(join(folder, 'even/1.png'), await picture(78));
    await rm(join(folder, 'odd/9.png'));
    // The same contents at another time: read, but not encoded.
    await utimes(join(folder, 'odd/1.png'), 1, 1);
    expect(await embedFiles(again.encoder, folder, { out })).toMatchObject({
      rows: 10,
      embedded: 2,
      unchanged: 8,
    });
    expect(again.total()).toBe(2);
    const after = await loadVectors(out);
    const fresh = join(temporaryFolder(), 'v.npy');
    await embedFiles(fakeEncoder().encoder, folder, { out: fresh });
    expect(after.rows).toEqual((await loadVectors(fresh)).rows);
    expect(after.vectors).toEqual((await loadVectors(fresh)).vectors);
    expect(after.rows.map(({ id }) => id)).not.toEqual(before.rows.map(({ id }) => id));
  });

  test.each(['csv', 'jsonl', 'npy', 'parquet'])(
    'takes nothing over from vectors (%s) that are not what was written',
    async (format) => {
      const out = join(await temporaryFolder(), `v.${format}`);
      const first = fakeEncoder();
      await embedFiles(first.encoder, folder, { out });
      const whole = await readFile(out);
      const { vectors } = await loadVectors(out);
      const damaged = Buffer.from(whole);
      const at = placeOf(damaged, vectors.at(-1) as number, format);
      damaged[at] = (damaged[at] as number) ^ 1;
      await writeFile(out, damaged);
      const second = fakeEncoder();
      await embedFiles(second.encoder, folder, { out });
      expect((await loadVectors(out)).vectors).toEqual(vectors);
      expect(second.total()).toBe(first.total());
    },
  );

  test('goes on where it was stopped, whatever was being written', async () => {
    const controller = new AbortController();
    const first = fakeEncoder();
    const stopped = await errorOf(() =>
      embedFiles(first.encoder, folder, {
        out,
        batchSize: 2,
        signal: controller.signal,
        onProgress: ({ done }) => done >= 4 && controller.abort(),
      }),
    );
    expect(stopped.code).toBe('aborted');
    expect(await readdir(join(out, '..'))).toEqual(['vectors.parquet.part']);
    // A kill amid a write: half a line, and half a vector.
    await appendFile(`${out}.part/rows.jsonl`, '{"id":"odd/9.png","sha2');
    await appendFile(`${out}.part/vectors.f32`, Buffer.alloc(5));
    const second = fakeEncoder();
    await embedFiles(second.encoder, folder, { out, batchSize: 2 });
    expect(first.total() + second.total()).toBe(10);
    const fresh = join(temporaryFolder(), 'v.parquet');
    await embedFiles(fakeEncoder().encoder, folder, { out: fresh });
    expect(await readFile(out)).toEqual(await readFile(fresh));
  });

  test('does not trust a line whose vector is not there', async () => {
    const failing: ReturnType<typeof fakeEncoder> = fakeEncoder({
      fail: () => failing.seen.length === 2,
    });
    await expect(embedFiles(failing.encoder, folder, { out, batchSize: 3 })).rejects.toThrow(
      'the model broke',
    );
    await truncate(`${out}.part/vectors.f32`, 8 * 5 + 3);
    const second = fakeEncoder();
    await embedFiles(second.encoder, folder, { out });
    expect(second.total()).toBe(5);
  });

  test.each(['parquet', 'npy', 'jsonl', 'csv'])(
    'takes nothing over from vectors (%s) of another latent space that came after it had looked',
    async (format) => {
      const path = `${out.replace(/\.parquet$/, '')}.${format}`;
      const foreign = join(temporaryFolder(), `vectors.${format}`);
      const other = fakeEncoder({ space: 'space-b' }).encoder;
      const embed: Encoder['embed'] = async (items, options) => {
        const { data, ...rest } = await other.embed(items, options);
        return { ...rest, data: data.map((value) => value + 1) };
      };
      await embedFiles({ ...other, embed } as Encoder, folder, { out: foreign });
      const { encoder } = fakeEncoder();
      await embedFiles(encoder, folder, { out: path });
      const { vectors } = await loadVectors(path);
      const source = await openItems([folder]);
      const late = Object.create(source, {
        entries: {
          get() {
            for (const name of readdirSync(dirname(foreign))) {
              copyFileSync(join(dirname(foreign), name), join(dirname(path), name));
            }
            return source.entries;
          },
        },
      }) as ItemSource;
      const report = await embedFiles(encoder, late, { out: path });
      expect(report.embedded).toBe(10);
      expect(await loadVectors(path)).toMatchObject({ info: { space: 'space-a' }, vectors });
    },
  );

  test.each(['parquet', 'npy', 'jsonl', 'csv'])(
    'refuses to replace vectors (%s) of another latent space, and leaves them',
    async (format) => {
      out = join(temporaryFolder(), `v.${format}`);
      await embedFiles(fakeEncoder().encoder, folder, { out });
      const before = await readFile(out);
      const other = fakeEncoder({ space: 'space-b' });
      const { code, message } = await errorOf(() => embedFiles(other.encoder, folder, { out }));
      expect(code).toBe('invalid-argument');
      expect(message).toMatch(
        /^out: .*fake \(space-b….*remove this one, received .*\(space-a….*v\./,
      );
      expect(other.total()).toBe(0);
      expect((await readFile(out)).equals(before)).toBe(true);
      await rm(out);
      await embedFiles(other.encoder, folder, { out });
      expect([other.total(), (await loadVectors(out)).info.space]).toEqual([10, 'space-b']);
    },
  );

  test('keeps the old output until the new one is whole', async () => {
    await embedFiles(fakeEncoder().encoder, folder, { out });
    const before = await readFile(out);
    await writeFile(join(folder, 'even/new.png'), await picture(79));
    const broken = fakeEncoder({ fail: () => true });
    await expect(embedFiles(broken.encoder, folder, { out })).rejects.toThrow('the model broke');
    expect((await readFile(out)).equals(before)).toBe(true);
  });

  test('lists what cannot be read, and goes on', async () => {
    await writeFile(join(folder, 'even/zero.png'), '');
    await writeFile(join(folder, 'odd/text.jpg'), 'no picture');
    const { rows, bad } = await embedFiles(fakeEncoder().encoder, folder, { out, batchSize: 3 });
    expect(rows).toBe(10);
    expect(bad.map(({ id }) => id)).toEqual(['even/zero.png', 'odd/text.jpg']);
    expect(bad[1]?.reason).toContain('no picture of a known format');
    // Mended, they are taken.
    await writeFile(join(folder, 'odd/text.jpg'), await picture(5));
    const again = await embedFiles(fakeEncoder().encoder, folder, { out });
    expect(again).toMatchObject({ rows: 11, embedded: 1 });
  });

  test('leaves a file out that can no longer be read', async () => {
    await embedFiles(fakeEncoder().encoder, folder, { out });
    await writeFile(join(folder, 'odd/9.png'), 'broken');
    const { rows, bad } = await embedFiles(fakeEncoder().encoder, folder, { out });
    expect([rows, bad.length, (await loadVectors(out)).rows.length]).toEqual([9, 1, 9]);
  });

  test('fails where nothing can be read, and where nothing is', async () => {
    const none = await folderOf({ 'a.png': 'x', 'b.png': 'y' });
    expect(await errorOf(() => embedFiles(fakeEncoder().encoder, none, { out }))).toMatchObject({
      code: 'invalid-data',
      message: expect.stringMatching(/None of the 2 pictures .*\n {2}- a\.png: it is no picture/),
    });
    const empty = temporaryFolder();
    expect(await errorOf(() => embedFiles(fakeEncoder().encoder, empty, { out }))).toMatchObject({
      code: 'invalid-data',
      message: expect.stringContaining('There are no pictures in'),
    });
    await expect(readFile(out)).rejects.toThrow(/ENOENT/);
  });

  test('refuses to work where another process does', async () => {
    await mkdir(`${out}.part`, { recursive: true });
    const lock = await takeLock(`${out}.part/lock`);
    expect(await errorOf(() => embedFiles(fakeEncoder().encoder, folder, { out }))).toMatchObject({
      code: 'in-use',
    });
    // One that died.
    const held = await readFile(`${out}.part/lock`, 'utf8');
    await lock.release?.();
    await writeFile(`${out}.part/lock`, held.replace(/"pid":\d+/, '"pid":999999999'));
    expect((await embedFiles(fakeEncoder().encoder, folder, { out })).rows).toBe(10);
  });

  test('adds scores, and does not take vectors without them for such', async () => {
    await embedFiles(fakeEncoder().encoder, folder, { out });
    const { encoder } = fakeEncoder();
    await embedFiles(withScores(encoder), folder, { out, score: true, batchSize: 5 });
    const { rows } = await loadVectors(out);
    expect(rows.map(({ score }) => score)).toEqual([0, -1, -2, -3, -4, 0, -1, -2, -3, -4]);
    const again = fakeEncoder();
    await utimes(join(folder, 'even/2.png'), 1, 1);
    await embedFiles(withScores(again.encoder), folder, { out, score: true });
    expect(again.total()).toBe(0);
    expect((await loadVectors(out)).rows[1]?.score).toBe(-1);
  });

  test('shares the files among shards, each to one, whoever comes later', async () => {
    const ids = async (of: number) => {
      const all: string[][] = [];
      for (let index = 0; index < of; index++) {
        const shard = join(temporaryFolder(), 'v.csv');
        await embedFiles(fakeEncoder().encoder, folder, { out: shard, shard: { index, of } });
        all.push((await loadVectors(shard)).rows.map(({ id }) => id));
      }
      return all;
    };
    const before = await ids(3);
    expect(before.flat().sort()).toHaveLength(10);
    expect(new Set(before.flat()).size).toBe(10);
    await writeFile(join(folder, 'odd/11.png'), await picture(11));
    const after = await ids(3);
    for (const [i, shard] of before.entries()) {
      expect(after[i]).toEqual(expect.arrayContaining(shard));
    }
  });

  test.each(['.parquet', '.npy', '.jsonl', '.csv'])(
    'shards of which nothing can be read are parts of no rows (%s)',
    async (ending) => {
      const bad = ['broken-1.png', 'broken-2.png', 'broken-3.png'];
      const good = ['a.png', 'b.png', 'c.png'];
      const mixed = await folderOf({
        ...Object.fromEntries(bad.map((name) => [name, 'x'])),
        ...Object.fromEntries(
          await Promise.all(good.map(async (name, i) => [name, await picture(i)])),
        ),
      });
      const parts = temporaryFolder();
      const of = 6;
      const embed = (index: number) =>
        embedFiles(fakeEncoder().encoder, mixed, {
          out: join(parts, `${index}${ending}`),
          shard: { index, of },
        });
      let barren = 0;
      for (let index = 0; index < of; index++) {
        const { rows, bad } = await embed(index);
        if (rows === 0 && bad.length > 0) barren += 1;
        // The same again, of what is there.
        expect(await embed(index)).toMatchObject({ rows, bad, embedded: 0 });
      }
      expect(barren).toBe(2);
      const { rows, leftOut } = await mergeVectors(parts, { out });
      expect([rows, leftOut.map(({ id }) => id).sort()]).toEqual([3, bad]);
    },
  );

  describe('with a manifest', () => {
    const listed = async (...items: object[]) => {
      const manifest = join(temporaryFolder(), 'list.jsonl');
      await writeFile(manifest, items.map((item) => `${JSON.stringify(item)}\n\n`).join(''));
      return manifest;
    };

    test('embeds what it lists, in the order of the source, once', async () => {
      const manifest = await listed({ id: 'odd/3.png' }, { id: 'even/2.png' });
      const { encoder, total } = fakeEncoder();
      const embed = (more = {}) => embedFiles(encoder, folder, { out, manifest, ...more });
      await embed();
      const { rows, info } = await loadVectors(out);
      expect(rows.map(({ id }) => id)).toEqual(['even/2.png', 'odd/3.png']);
      expect(info.manifest).toMatch(/^[0-9a-f]{64}$/);
      const before = await readFile(out);
      await embed();
      expect([total(), (await readFile(out)).equals(before)]).toEqual([2, true]);
      // Rows of a file of vectors are a manifest: they have to be what they were.
      const again = await listed(...rows);
      expect((await embed({ manifest: again })).embedded).toBe(0);
      const other = await listed({ ...rows[0], stamp: 'another time' });
      expect((await errorOf(() => embed({ manifest: other }))).message).toMatch(
        /1 of the 1 items .* changed .*even\/2\.png/,
      );
    });

    test('says what it left out, and writes it down', async () => {
      await writeFile(join(folder, 'bad.png'), 'text');
      const manifest = await listed({ id: 'bad.png' }, { id: 'even/2.png' });
      const { bad } = await embedFiles(fakeEncoder().encoder, folder, { out, manifest });
      expect(bad).toMatchObject([{ id: 'bad.png' }]);
      expect((await loadVectors(out)).info).toMatchObject({ count: 1, leftOut: bad });
    });

    test('has a part of no rows where none of it can be read, which goes together with others', async () => {
      await writeFile(join(folder, 'bad.png'), 'text');
      const manifests = [await listed({ id: 'bad.png' }), await listed({ id: 'even/2.png' })];
      const parts = temporaryFolder();
      for (const [i, manifest] of manifests.entries()) {
        const part = join(parts, `${i}.parquet`);
        await embedFiles(fakeEncoder().encoder, folder, { out: part, manifest });
      }
      const leftOut = [{ id: 'bad.png', reason: expect.any(String) }];
      expect((await loadVectors(join(parts, '0.parquet'))).info).toMatchObject({
        count: 0,
        leftOut,
      });
      expect(await mergeVectors(parts, { out, manifests })).toMatchObject({ rows: 1, leftOut });
    });

    test.each<[string, object[], RegExp]>([
      ['that lists what is not there', [{ id: 'odd/3.png' }, { id: 'a' }], /1 of the 2 .*: a\./],
      ['that lists an item twice', [{ id: 'a' }, { id: 'a' }], /line 3 lists 'a' again/],
      ['that lists nothing', [], /lists nothing/],
      ['whose lines are no items', [{ name: 'a' }], /line 1 lists no item/],
    ])('refuses one %s', async (_, items, message) => {
      const manifest = await listed(...items);
      const error = await errorOf(() =>
        embedFiles(fakeEncoder().encoder, folder, { out, manifest }),
      );
      expect([error.code, error.message]).toEqual(['invalid-data', expect.stringMatching(message)]);
    });
  });

  test('reads of an archive what a part of it has, and no more', async () => {
    const files = Array.from(
      { length: 6 },
      async (_, i) => [`${i}.png`, await picture(i)] as const,
    );
    const archive = await folderOf({ 'some.zip': zip(await Promise.all(files)) });
    const whole = await openItems([join(archive, 'some.zip')]);
    const opened: number[] = [];
    const counting: ItemSource = {
      ...whole,
      async *read(card, options) {
        for await (const item of whole.read(card, options)) {
          opened.push(item.index);
          yield item;
        }
      },
    };
    const shard = { index: 1, of: 3, plan: 'by hand' };
    await embedFiles(fakeEncoder().encoder, partOf(counting, [2, 3], shard), { out });
    expect(opened).toEqual([2, 3]);
    const { rows, info } = await loadVectors(out);
    expect([rows.map(({ id }) => id), info.shard]).toEqual([['2.png', '3.png'], shard]);
  });

  test('without a journal, two at a time write the same output, and an interrupted run leaves nothing', async () => {
    const embed = (more: object = {}) =>
      embedFiles(fakeEncoder(more).encoder, folder, { out, resumable: false, batchSize: 3 });
    await expect(embed({ fail: () => true })).rejects.toThrow('the model broke');
    expect(await readdir(join(out, '..')).catch(() => [])).toEqual([]);
    await Promise.all([embed(), embed()]);
    const together = await readFile(out);
    await rm(out);
    await embedFiles(fakeEncoder().encoder, folder, { out });
    expect((await readFile(out)).equals(together)).toBe(true);
    expect((await embed()).embedded).toBe(0);
  });

  test('takes archives, lists, single pictures and several sources', async () => {
    const archive = await folderOf({
      'some.zip': zip([
        ['a.png', await picture(1)],
        ['b.png', await picture(2)],
      ]),
    });
    const file = join(folder, 'odd/1.png');
    const alone = join(await folderOf({ 'alone.png': await picture(3) }), 'alone.png');
    const sources = [join(archive, 'some.zip'), folder, file, alone];
    await embedFiles(fakeEncoder().encoder, sources, { out });
    const { rows } = await loadVectors(out);
    const ids = rows.map(({ id }) => id);
    expect(ids).toHaveLength(13);
    expect(ids).toEqual(expect.arrayContaining(['some.zip/a.png', 'some.zip/b.png', alone]));
    // The folder has it.
    expect(ids).not.toContain(file);
    const again = fakeEncoder();
    await embedFiles(again.encoder, sources, { out });
    expect(again.total()).toBe(0);
    expect(
      await errorOf(() => embedFiles(fakeEncoder().encoder, [folder, `${folder}/`], { out })),
    ).toMatchObject({ code: 'invalid-argument' });
  });

  test('a picture that is named in two ways counts once', async () => {
    const file = join(folder, 'odd/1.png');
    const twice = [file, join(folder, 'odd/../odd/1.png').replace('/odd/1', '/./odd/1')];
    expect(twice[0]).not.toBe(twice[1]);
    expect(await embedFiles(fakeEncoder().encoder, twice, { out })).toMatchObject({ rows: 1 });
  });

  test.each(['csv', 'jsonl', 'npy', 'parquet'])(
    'embeds into .%s anew under another condition, and again under none',
    async (ending) => {
      const at = join(temporaryFolder(), `v.${ending}`);
      const embed = (condition?: string | number) =>
        embedFiles(fakeEncoder().encoder, folder, { out: at, condition });
      for (const condition of ['circle', 'square', 1, undefined]) {
        expect(await embed(condition)).toMatchObject({ rows: 10, embedded: 10, unchanged: 0 });
        expect(await embed(condition)).toMatchObject({ rows: 10, embedded: 0, unchanged: 10 });
      }
    },
  );

  test('tells a conditional model the label of each item, and embeds anew what has another', async () => {
    const labels = ['even', 'odd'];
    const embed = async (condition?: string) => {
      const { encoder, conditions } = fakeEncoder({ labels });
      const { embedded } = await embedFiles(encoder, folder, { out, batchSize: 6, condition });
      return { embedded, conditions };
    };
    const six = [...Array(5).fill('even'), 'odd'];
    const own = { embedded: 10, conditions: [six, Array(4).fill('odd')] };
    expect(await embed()).toEqual(own);
    expect(await embed()).toEqual({ embedded: 0, conditions: [] });
    // Those of the folder odd are as they were.
    expect(await embed('odd')).toEqual({ embedded: 5, conditions: ['odd'] });
    await writeFile(join(folder, 'stray.png'), await picture(3));
    expect(await errorOf(() => embed())).toMatchObject({
      code: 'invalid-input',
      message: expect.stringMatching(/^condition: expected .*, and none of stray\.png\.$/),
    });
  });

  test('does not go on with what was begun under another condition', async () => {
    let left = 2;
    const stopping = fakeEncoder({ fail: () => left-- === 0 });
    const options = { out, batchSize: 4 };
    const first = { ...options, condition: 'circle' };
    await expect(embedFiles(stopping.encoder, folder, first)).rejects.toThrow('the model broke');
    const second = { ...options, condition: 'square' };
    expect(await embedFiles(fakeEncoder().encoder, folder, second)).toMatchObject({ embedded: 10 });
  });

  test('a manifest of rows that were embedded under a condition lists items that have not changed', async () => {
    const condition = 'circle';
    await embedFiles(fakeEncoder().encoder, folder, { out, condition });
    const { rows } = await loadVectors(out);
    const manifest = join(temporaryFolder(), 'some.jsonl');
    await mkdir(dirname(manifest), { recursive: true });
    await writeFile(manifest, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const report = await embedFiles(fakeEncoder().encoder, folder, {
      out: join(temporaryFolder(), 'part.csv'),
      manifest,
    });
    expect(report.rows).toBe(rows.length);
  });

  test('takes arrays of the right shape as they are', async () => {
    const data = Uint8Array.from({ length: 2 * SIDE * SIDE * 3 }, (_, i) => i);
    const arrays = await folderOf({
      'x.npy': npy('|u1', [2, SIDE, SIDE, 3], data),
      'y.npy': npy('|u1', [2, 8, 8], new Uint8Array(128)),
    });
    await embedFiles(fakeEncoder().encoder, join(arrays, 'x.npy'), { out });
    const { rows, vectors } = await loadVectors(out);
    expect(rows.map(({ id }) => id)).toEqual(['0', '1']);
    expect([...vectors]).toEqual([23.5, 1, 71.5, 49]);
    expect(
      await errorOf(() => embedFiles(fakeEncoder().encoder, join(arrays, 'y.npy'), { out })),
    ).toMatchObject({ code: 'invalid-data', message: expect.stringContaining('8 × 8 × 1') });
  });

  test('gives channels first to a model that wants them so', async () => {
    const data = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => i);
    const arrays = await folderOf({ 'x.npy': npy('|u1', [1, SIDE, SIDE, 3], data) });
    await embedFiles(fakeEncoder({ layout: 'CHW' }).encoder, join(arrays, 'x.npy'), { out });
    // The second value is the red of the second pixel.
    expect((await loadVectors(out)).vectors[1]).toBe(3);
  });

  test.each([
    ['no options', undefined],
    ['another ending', { out: 'x.bin' }],
    ['a batch of none', { out: 'x.npy', batchSize: 0 }],
    ['a shard outside', { out: 'x.npy', shard: { index: 3, of: 3 } }],
    ['a manifest and a shard', { out: 'x.npy', manifest: 'x', shard: { index: 0, of: 1 } }],
    ['a manifest that is no path', { out: 'x.npy', manifest: 7 }],
    ['what is no answer', { out: 'x.npy', resumable: 'yes' }],
    ['scores of an encoder alone', { out: 'x.npy', score: true }],
  ])('refuses %s', async (_, options) => {
    const call = () => embedFiles(fakeEncoder().encoder, folder, options as never);
    expect((await errorOf(call)).code).toBe('invalid-argument');
  });

  test('refuses what is no model, and what are no sources', async () => {
    for (const model of [undefined, 'models/mine', {}]) {
      expect((await errorOf(() => embedFiles(model as never, folder, { out }))).code).toBe(
        'invalid-argument',
      );
    }
    for (const sources of [[], [''], 7]) {
      const call = () => embedFiles(fakeEncoder().encoder, sources as never, { out });
      expect((await errorOf(call)).code).toBe('invalid-argument');
    }
  });
});
