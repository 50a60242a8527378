import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { VectorStore } from '@latentkit/data';
import Database from 'libsql';
import { openStore } from './open-store.ts';
import { explained } from './sqlite/sqlite-faults.ts';
import {
  blockOf,
  draw,
  errorOf,
  infoOf,
  removeTemporaryFolders,
  temporaryFolder,
} from './testing.ts';

afterAll(removeTemporaryFolders);

let path: string;
let address: string;

beforeEach(() => {
  path = join(temporaryFolder(), 'vectors.db');
  address = `sqlite:${path}`;
});

const INFO = infoOf('a', 2);
/** A database of ours, made by hand in part. */
const made = (sql: string) => {
  const db = new Database(path, { timeout: 0 });
  db.exec(sql);
  db.close();
};

describe('openStore', () => {
  test('makes a store, folders too, and finds it again as it was', async () => {
    address = `sqlite:${join(temporaryFolder(), 'deep/er/vectors.db')}`;
    const first = await openStore(address, { ...INFO, modelPath: 'models/a' });
    await first.upsert(blockOf(['x'], Float32Array.of(1, 2)));
    await first.close();
    const again = await openStore(address);
    expect([again.address, again.info]).toEqual([address, { ...INFO, modelPath: 'models/a' }]);
    expect(await again.count()).toBe(1);
    await again.close();
  });

  test('writes down where the model is now', async () => {
    for (const modelPath of ['models/a', undefined, 'models/b', undefined]) {
      const store = await openStore(address, { ...INFO, modelPath });
      if (modelPath !== undefined) expect(store.info.modelPath).toBe(modelPath);
      await store.close();
    }
    const store = await openStore(address);
    expect(store.info.modelPath).toBe('models/b');
    await store.close();
  });

  test('refuses vectors of another latent space by the names of both, and leaves the store', async () => {
    await (await openStore(address, INFO)).close();
    const before = await readFile(path);
    const { code, message } = await errorOf(() => openStore(address, infoOf('b', 2)));
    expect(code).toBe('invalid-argument');
    expect(message).toContain('a store of the latent space of b (b-----------…)');
    expect(message).toContain("received 'one of a (a-----------…), sqlite:");
    expect((await readFile(path)).equals(before)).toBe(true);
  });

  test('makes nothing where a store has to be there', async () => {
    const { code, message } = await errorOf(() => openStore(address));
    expect([code, message]).toEqual(['not-found', expect.stringContaining(`--to ${address}`)]);
    expect(existsSync(path)).toBe(false);
  });

  test('fills a database that holds nothing, as an interruption leaves one', async () => {
    await writeFile(path, '');
    expect((await errorOf(() => openStore(address))).message).toContain('holds nothing');
    const store = await openStore(address, INFO);
    expect(await store.count()).toBe(0);
    await store.close();
  });

  test.each([
    ['a text', () => writeFile(path, 'no database at all\n'.repeat(300)), 'is no SQLite database'],
    ['a short text', () => writeFile(path, 'short'), 'is no SQLite database'],
    ['another database', () => made('CREATE TABLE songs (name)'), 'something else (with songs)'],
    ['a database of another program', () => made('PRAGMA application_id = 7'), 'something else'],
  ])('refuses %s, and leaves it as it is', async (_, make, message) => {
    await make();
    const before = await readFile(path);
    for (const info of [undefined, INFO]) {
      const error = await errorOf(() => openStore(address, info));
      expect([error.code, error.message]).toEqual([
        'invalid-data',
        expect.stringContaining(message),
      ]);
      expect(error.message).toContain(address);
    }
    expect((await readFile(path)).equals(before)).toBe(true);
  });

  test('refuses the store of a later version, and one that has lost what it is', async () => {
    await (await openStore(address, INFO)).close();
    made('DELETE FROM latent_space');
    expect((await errorOf(() => openStore(address))).message).toContain('does not say what');
    made('PRAGMA user_version = 2');
    const later = await errorOf(() => openStore(address));
    expect([later.code, later.message]).toEqual([
      'unsupported-format',
      expect.stringContaining('format 2'),
    ]);
  });

  test('tells damage wherever it is met', async () => {
    const store = await openStore(address, infoOf('a', 64));
    await store.upsert(
      blockOf(
        Array.from({ length: 200 }, (_, i) => `${i}`),
        draw(200 * 64, 1),
      ),
    );
    await store.close();
    const whole = await readFile(path);
    let told = 0;
    for (let page = 0; page < whole.length / 4096; page++) {
      const broken = Buffer.from(whole);
      broken.fill(0xff, page * 4096, (page + 1) * 4096);
      await writeFile(path, broken);
      try {
        const opened = await openStore(address);
        try {
          // Other pages hold what these do not look at.
          await opened.nearest(draw(64, 2));
        } finally {
          await opened.close();
        }
      } catch (error) {
        expect(error).toMatchObject({
          code: 'invalid-data',
          message: expect.stringContaining(address),
        });
        told += 1;
      }
    }
    expect(told).toBeGreaterThan(10);
    await writeFile(path, whole.subarray(0, 5 * 4096));
    const cut = await errorOf(async () => (await openStore(address)).nearest(draw(64, 2)));
    expect([cut.code, cut.message]).toEqual(['invalid-data', expect.stringContaining('damaged')]);
  });

  /** No UTF-8, as flipped bits leave a text: a name of Latin-1 is one, too. */
  const NO_TEXT = "CAST(x'70ff30' AS TEXT)";

  test.each([
    ['vectors', `id = ${NO_TEXT}`, 'an id is not text in UTF-8'],
    ['vectors', `sha256 = ${NO_TEXT}`, 'a sha256 is not text in UTF-8'],
    ['vectors', `stamp = ${NO_TEXT}`, 'a stamp is not text in UTF-8'],
    ['vectors', "stamp = x'ff'", 'a stamp is not text in UTF-8'],
    ['vectors', `bytes = ${NO_TEXT}`, 'a number of bytes is not a number'],
    ['vectors', `score = ${NO_TEXT}`, 'a score is not a number'],
    ['vectors', "vector = x'00'", 'damaged'],
    ['vectors', `vector = ${NO_TEXT}`, 'damaged'],
    ['latent_space', `space = ${NO_TEXT}`, 'the latent space is not text in UTF-8'],
    ['latent_space', `model = ${NO_TEXT}`, 'the name of the model is not text in UTF-8'],
    ['latent_space', `model_path = ${NO_TEXT}`, 'the path of the model is not text in UTF-8'],
    ['latent_space', `size = ${NO_TEXT}`, 'the size of a vector is not a number'],
    ['latent_space', 'size = 0', 'the size of a vector is not an integer of at least 1'],
  ])('tells damage of a value: %s, %s', async (table, change, message) => {
    const store = await openStore(address, { ...INFO, modelPath: 'models/a' });
    await store.upsert(blockOf(['x'], Float32Array.of(1, 2)));
    await store.close();
    // Without what SQLite checks of a value that is put in.
    made("PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, 'STRICT', '')");
    made(`PRAGMA ignore_check_constraints = ON; UPDATE ${table} SET ${change}`);
    const uses: ((store: VectorStore) => Promise<unknown>)[] = [
      (it) => it.nearest(Float32Array.of(1, 2)),
      (it) => it.nearest(Float32Array.of(1, 2), { metric: 'euclidean' }),
    ];
    if (!change.startsWith('id')) uses.push((it) => it.get(['x']));
    for (const use of uses) {
      const error = await errorOf(async () => {
        const opened = await openStore(address);
        await use(opened).finally(() => opened.close());
      });
      expect([error.code, error.message]).toEqual([
        'invalid-data',
        expect.stringContaining(`${address} is damaged (`),
      ]);
      expect(error.message).toContain(message);
    }
  });

  test('keeps every character of a text', async () => {
    const store = await openStore(address, INFO);
    const ids = ['\ufeffmark', 'nul\0after', 'ä/日本/🙂', ''];
    await store.upsert(blockOf(ids, draw(8, 1)));
    expect((await store.get(ids)).rows.map(({ id }) => id)).toEqual(ids);
    await store.close();
  });

  test.each(['UTF-16le', 'UTF-16be'])('refuses a database in %s', async (encoding) => {
    made(`PRAGMA encoding = '${encoding}'; CREATE TABLE songs (name)`);
    expect((await errorOf(() => openStore(address))).message).toContain('else (with songs)');
    await rm(path);
    await (await openStore(address, INFO)).close();
    const db = await readFile(path);
    db.writeUInt32BE(encoding === 'UTF-16le' ? 2 : 3, 56);
    await writeFile(path, db);
    const { code, message } = await errorOf(() => openStore(address));
    expect([code, message]).toEqual(['invalid-data', expect.stringContaining('is damaged')]);
  });

  test('names what a database holds whose names are no text', async () => {
    made('CREATE TABLE songs (name)');
    const db = await readFile(path);
    const name = Buffer.from('songs');
    for (let at = db.indexOf(name); at >= 0; at = db.indexOf(name)) db[at] = 0xff;
    await writeFile(path, db);
    const { code, message } = await errorOf(() => openStore(address));
    expect([code, message]).toEqual(['invalid-data', expect.stringContaining('\ufffdongs')]);
  });

  test('says that another process writes', async () => {
    const store = await openStore(address, INFO);
    const other = new Database(path, { timeout: 0 });
    other.exec('BEGIN IMMEDIATE');
    const { code, message } = await errorOf(() =>
      store.upsert(blockOf(['x'], Float32Array.of(1, 2))),
    );
    expect([code, message]).toEqual(['in-use', expect.stringContaining('Another process')]);
    other.exec('ROLLBACK');
    other.close();
    await store.upsert(blockOf(['x'], Float32Array.of(1, 2)));
    expect(await store.count()).toBe(1);
    await store.close();
  });

  test('says where it cannot write', async () => {
    const { code, message } = await errorOf(() => openStore('sqlite:/proc/x/vectors.db', INFO));
    expect([code, message]).toEqual(['unwritable', expect.stringContaining('/proc/x')]);
  });

  const withoutRights = process.geteuid?.() === 0 ? test : test.skip;

  withoutRights('says what the system has against it, as for files', async () => {
    const folder = temporaryFolder();
    const kept = `sqlite:${join(folder, 'kept.db')}`;
    await (await openStore(kept, INFO)).close();
    await chmod(folder, 0o755);
    process.seteuid?.(65_534);
    try {
      const denied =
        /: EACCES: permission denied, open '\S+'\. Choose another folder, or change its permissions\.$/;
      for (const refused of [`sqlite:${join(folder, 'new.db')}`, kept]) {
        const { code, message } = await errorOf(async () => {
          const store = await openStore(refused, INFO);
          await store.upsert(blockOf(['x'], Float32Array.of(1, 2))).finally(() => store.close());
        });
        expect([code, message]).toEqual(['unwritable', expect.stringMatching(denied)]);
      }
    } finally {
      process.seteuid?.(0);
    }
  });

  test('says that the disk is full, as for files', () => {
    const cause = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    expect(explained(address, cause)).toMatchObject({
      code: 'unwritable',
      message: `Could not write to ${address}: database or disk is full. The disk is full: free some space, or choose a folder on another disk.`,
    });
  });

  test.each([
    'vectors.db',
    'sqlite:',
    'sqlite: ',
    'sqlite://host/vectors.db',
    'sqlite::memory:',
    'SQLITE:vectors.db',
    'postgres://localhost/vectors',
    'lancedb://vectors',
    '',
  ])('refuses the address %p, and says how they look', async (text) => {
    const { code, message } = await errorOf(() => openStore(text, INFO));
    expect([code, message]).toEqual([
      'invalid-argument',
      expect.stringContaining("'sqlite:vectors.db'"),
    ]);
  });

  test('refuses a folder, and what says nothing of vectors', async () => {
    await mkdir(path);
    expect((await errorOf(() => openStore(address, INFO))).code).toBe('invalid-argument');
    for (const info of [null, {}, { ...INFO, size: 0 }, { ...INFO, modelPath: 7 }]) {
      const error = await errorOf(() => openStore(`${address}2`, info as never));
      expect(error.code).toBe('invalid-argument');
    }
    expect(existsSync(`${path}2`)).toBe(false);
  });
});
