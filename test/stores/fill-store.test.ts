import { existsSync } from 'node:fs';
import { cp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Autoencoder } from '@latentkit/core';
import {
  type EmbedFilesOptions,
  embedFiles,
  loadVectors,
  mergeVectors,
  watchFiles,
} from '@latentkit/data';
import { loadAutoencoder, loadEncoder } from '@latentkit/node';
import { openStore } from '@latentkit/stores';
import { MODEL, writeDigits } from '../cli/digits.ts';
import { ROOT, scratchFolder } from '../cli/run-command.ts';

const COUNT = 30;

describe('a store of vectors', () => {
  let cwd: string;
  let names: string[];
  let model: Autoencoder;
  let file: string;
  const addressOf = (name: string) => `sqlite:${join(cwd, name)}`;
  const into = (name: string) => ({
    to: (info: Parameters<typeof openStore>[1]) => openStore(addressOf(name), info),
  });
  const embed = (source: string, name: string, more: EmbedFilesOptions = {}) =>
    embedFiles(model, join(cwd, source), { ...into(name), ...more });
  const heldBy = async (name: string) => {
    const store = await openStore(addressOf(name));
    const held = await store.get([...names, 'new.png']);
    await store.close();
    return { ...held, info: store.info };
  };

  beforeAll(async () => {
    cwd = await scratchFolder();
    names = await writeDigits(join(cwd, 'digits'), COUNT);
    model = await loadAutoencoder(MODEL);
    file = join(cwd, 'vectors.parquet');
    await embedFiles(model, join(cwd, 'digits'), { out: file, modelPath: 'models/here' });
  });
  afterAll(() => model.dispose());

  test('holds what a file of the same vectors holds, embedded or merged into it', async () => {
    await embed('digits', 'embedded.db', { modelPath: 'models/here' });
    const told: number[] = [];
    const onProgress = (done: number, total: number) => {
      expect(total).toBe(COUNT);
      told.push(done);
    };
    const report = await mergeVectors(file, { ...into('merged.db'), onProgress });
    expect(report).toEqual({ files: [], rows: COUNT, parts: [file], leftOut: [] });
    expect(told).toEqual(told.slice().sort((a, b) => a - b));
    expect(told.at(-1)).toBe(COUNT);
    const { info, rows, vectors } = await loadVectors(file);
    const { space, size } = info;
    for (const name of ['embedded.db', 'merged.db']) {
      expect(await heldBy(name)).toEqual({
        ...{ rows, vectors },
        info: { space, size, model: 'mnist-vae', modelPath: 'models/here' },
      });
    }
  });

  test('takes up what is there: again, after changes, with files that are none', async () => {
    await cp(join(cwd, 'digits'), join(cwd, 'more'), { recursive: true });
    const all = { rows: COUNT, bad: [], files: [] };
    expect(await embed('more', 'more.db')).toMatchObject({ ...all, embedded: COUNT, unchanged: 0 });
    expect(await embed('more', 'more.db')).toMatchObject({ ...all, embedded: 0, unchanged: COUNT });
    await cp(join(cwd, 'more/even/0.png'), join(cwd, 'more/new.png'));
    // Another time of change alone, other contents, none that can be read, and none at all.
    await utimes(join(cwd, 'more/odd/1.png'), 1, 1);
    await cp(join(cwd, 'more/odd/3.png'), join(cwd, 'more/odd/5.png'));
    await writeFile(join(cwd, 'more/odd/7.png'), 'text');
    await rm(join(cwd, 'more/odd/9.png'));
    expect(await embed('more', 'more.db')).toMatchObject({
      ...{ rows: COUNT - 1, embedded: 2, unchanged: COUNT - 3 },
      bad: [{ id: 'odd/7.png' }],
    });
    // What went stays, since a store may be filled from several sources.
    const { rows } = await heldBy('more.db');
    expect(rows.map(({ id }) => id)).toEqual([
      ...names.filter((id) => id !== 'odd/7.png'),
      'new.png',
    ]);
    const [three, five] = ['odd/3.png', 'odd/5.png'].map((id) => rows.find((row) => row.id === id));
    expect(five?.sha256).toBe(three?.sha256);
    expect(rows.find(({ id }) => id === 'odd/1.png')?.stamp).toMatch(/^1/);
    // Scores that are asked for later are added, and stay.
    expect(await embed('more', 'more.db', { score: true })).toMatchObject({ embedded: COUNT - 1 });
    expect(await embed('more', 'more.db', { score: true })).toMatchObject({ embedded: 0 });
    expect((await heldBy('more.db')).rows[0]?.score).toBeLessThan(-20);
  });

  test('is rid of the rows of files that are gone, where that is asked for', async () => {
    for (const folder of ['some', 'others']) {
      await cp(join(cwd, 'digits/even'), join(cwd, folder), { recursive: true });
    }
    await cp(join(cwd, 'digits/odd/1.png'), join(cwd, 'some/1.png'));
    const evens = names.filter((id) => id.startsWith('even')).length;
    expect(await embed('some', 'pruned.db')).toMatchObject({ rows: evens + 1, stored: evens + 1 });
    await rm(join(cwd, 'some/1.png'));
    const kept = await embed('some', 'pruned.db');
    expect(kept).toMatchObject({ rows: evens, embedded: 0, stored: evens + 1 });
    expect(kept).not.toHaveProperty('pruned');
    const asked = { prune: true, shard: { index: 1, of: 2 } };
    const pruned = await embed('some', 'pruned.db', asked);
    expect(pruned).toMatchObject({ embedded: 0, stored: evens, pruned: 1 });
    expect(await embed('some', 'pruned.db', { prune: true })).toMatchObject({
      ...{ rows: evens, stored: evens, pruned: 0 },
    });
  });

  test.each([
    ['a file', { out: 'x.npy', to: undefined }],
    ['a manifest', { manifest: 'list.jsonl' }],
    ['no boolean', { prune: 'yes' as never }],
  ])('is not pruned by %s', async (_, options) => {
    await expect(embed('digits', 'unpruned.db', { prune: true, ...options })).rejects.toMatchObject(
      { code: 'invalid-argument' },
    );
  });

  test('has rows that another program broke made anew', async () => {
    await embed('digits', 'broken.db');
    const { default: Database } = await import('libsql');
    const db = new Database(join(cwd, 'broken.db'), { timeout: 1000 });
    for (const [id, value] of [
      ['odd/1.png', Number.NaN],
      ['odd/3.png', 3e30],
    ] as const) {
      const hex = Buffer.from(new Float32Array(20).fill(value).buffer).toString('hex');
      db.exec(`UPDATE vectors SET vector = X'${hex}' WHERE id = '${id}'`);
    }
    db.close();
    const again = await embed('digits', 'broken.db');
    expect(again).toMatchObject({ embedded: 2, unchanged: COUNT - 2 });
    expect((await heldBy('broken.db')).vectors).toEqual((await loadVectors(file)).vectors);
  });

  test('keeps what was embedded before a stop', async () => {
    const controller = new AbortController();
    const stopped = embed('digits', 'stopped.db', {
      ...{ batchSize: 4, signal: controller.signal },
      onProgress: ({ done }) => {
        if (done >= 12) controller.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
    const kept = (await heldBy('stopped.db')).rows.length;
    expect(kept).toBeGreaterThanOrEqual(12);
    expect(kept % 4).toBe(0);
    expect(await embed('digits', 'stopped.db')).toMatchObject({
      ...{ rows: COUNT, unchanged: kept, embedded: COUNT - kept },
    });
  });

  test('follows a folder', async () => {
    await cp(join(cwd, 'digits'), join(cwd, 'watched'), { recursive: true });
    const controller = new AbortController();
    const { signal } = controller;
    const seen: unknown[] = [];
    const rounds = watchFiles(model, join(cwd, 'watched'), {
      ...into('watched.db'),
      ...{ interval: 20, signal },
    });
    try {
      for await (const { report } of rounds) {
        seen.push(report?.embedded);
        if (seen.length > 1) controller.abort();
        else await cp(join(cwd, 'digits/even/0.png'), join(cwd, 'watched/new.png'));
      }
    } catch (error) {
      expect(error).toMatchObject({ code: 'aborted' });
    }
    expect(seen).toEqual([COUNT, 1]);
    expect((await heldBy('watched.db')).rows).toHaveLength(COUNT + 1);
  });

  test('refuses vectors of another latent space by the names of both, and stays as it was', async () => {
    await embed('digits', 'one.db');
    const before = await readFile(join(cwd, 'one.db'));
    const other = await loadEncoder(join(ROOT, 'models/strokes-vae'));
    const out = join(cwd, 'other.parquet');
    await embedFiles(other, join(cwd, 'digits'), { out });
    for (const call of [
      () => embedFiles(other, join(cwd, 'digits'), into('one.db')),
      () => mergeVectors(out, into('one.db')),
      // One that does not look whose vectors it is opened for.
      () => mergeVectors(out, { to: () => openStore(addressOf('one.db')) }),
    ]) {
      await expect(call()).rejects.toMatchObject({
        code: 'invalid-argument',
        message: expect.stringMatching(/strokes-vae.*mnist-vae/s),
      });
    }
    await other.dispose();
    expect((await readFile(join(cwd, 'one.db'))).equals(before)).toBe(true);
  });

  test('takes nothing of parts that are damaged, or hold a picture twice', async () => {
    const broken = await readFile(file);
    // Within a page of ids: only its digest tells.
    const at = broken.indexOf('even/0.png');
    broken.fill('x', at, at + 1);
    await writeFile(join(cwd, 'broken.parquet'), broken);
    await cp(file, join(cwd, 'twice.parquet'));
    for (const [parts, message] of [
      [[join(cwd, 'broken.parquet')], 'SHA-256'],
      [[file, join(cwd, 'twice.parquet')], 'both hold'],
    ] as const) {
      await expect(mergeVectors(parts, into('none.db'))).rejects.toThrow(message);
      expect(existsSync(join(cwd, 'none.db'))).toBe(false);
    }
  });

  test.each([
    ['what opens nothing', { to: 'sqlite:x.db' }, 'a function that opens a store'],
    ['a file and a store', { out: 'x.npy', to: async () => {} }, 'either a store or a file'],
    ['neither', {}, 'file of vectors'],
  ])('%s is refused', async (_, options, message) => {
    for (const call of [
      () => embedFiles(model, join(cwd, 'digits'), options as never),
      () => mergeVectors(file, options as never),
    ]) {
      await expect(call()).rejects.toMatchObject({
        code: 'invalid-argument',
        message: expect.stringContaining(message),
      });
    }
  });
});
