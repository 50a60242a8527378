import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  METRICS,
  openSearch,
  searchVectors,
  type VectorStore,
  writeVectors,
} from '@latentkit/data';
import { openStore } from '../open-store.ts';
import {
  blockOf,
  draw,
  errorOf,
  infoOf,
  removeTemporaryFolders,
  temporaryFolder,
} from '../testing.ts';

afterAll(removeTemporaryFolders);

let path: string;
let address: string;

beforeEach(() => {
  path = join(temporaryFolder(), 'vectors.db');
  address = `sqlite:${path}`;
});

const idsOf = (count: number) => Array.from({ length: count }, (_, i) => `p/${i}.png`);

describe('a store in SQLite', () => {
  test.each([
    [1, 1],
    [7, 3],
    [1000, 20],
    // More than are compared in one go.
    [35_000, 64],
  ])('of %i vectors of %i numbers finds what the scan of their file finds', async (count, size) => {
    const info = infoOf('a', size);
    const block = blockOf(idsOf(count), draw(count * size, 1));
    // One vector of length 0, and one that is there twice.
    if (count > 3) {
      block.vectors.fill(0, 2 * size, 3 * size);
      block.vectors.copyWithin(4 * size, 3 * size, 4 * size);
    }
    const file = path.replace('.db', '.npy');
    await writeVectors(file, { ...info, count, scored: false }, [block]);
    const vectors = await openSearch(file);
    const store = await openStore(address, info);
    await store.upsert(block);
    expect(await store.count()).toBe(count);
    const queries = [draw(size, 2), block.vectors.slice(0, size), new Float32Array(size)];
    for (const metric of METRICS) {
      for (const query of queries) {
        // One more than is compared, to see whether the last one is as near as one that was left out.
        const wanted = await searchVectors(vectors, query, { k: 12, metric });
        const found = await store.nearest(query, { k: 12, metric });
        expect(found).toHaveLength(Math.min(12, count));
        for (const [rank, { distance, id, sha256, bytes, stamp }] of found.entries()) {
          expect(Math.abs(distance - wanted[rank]!.distance)).toBeLessThan(1e-5);
          expect([sha256, bytes, stamp]).toEqual(rowOf(block.rows, id));
        }
        const isApart = (rank: number) =>
          [rank - 1, rank + 1].every(
            (other) =>
              !wanted[other] || Math.abs(wanted[other].distance - wanted[rank]!.distance) > 2e-5,
          );
        const apart = found.filter((_, rank) => isApart(rank)).map(({ id }) => id);
        expect(apart).toEqual(wanted.filter((_, rank) => isApart(rank)).map(({ id }) => id));
      }
    }
    await store.close();
  });

  test('gives equals in their order', async () => {
    const store = await openStore(address, infoOf('a', 1));
    await store.upsert(blockOf(['b', 'a', 'c'], Float32Array.of(1, 1, 1)));
    for (const metric of METRICS) {
      const found = await store.nearest(Float32Array.of(1), { metric, k: 2 });
      expect(found.map(({ id }) => id)).toEqual(['b', 'a']);
    }
    await store.close();
  });

  test('keeps rows by their ids: the last of each, with its score, in any order asked for', async () => {
    const store = await openStore(address, infoOf('a', 2));
    await store.upsert(blockOf(['a', 'b'], Float32Array.of(1, 2, 3, 4)));
    const row = { id: 'a', sha256: 'x', bytes: 2 ** 40, stamp: "it's", score: -1.5 };
    await store.upsert({ rows: [row], vectors: Float32Array.of(5, 6) });
    await store.close();
    const again = await openStore(address);
    expect(await again.count()).toBe(2);
    const { rows, vectors } = await again.get(['b', 'none', 'a']);
    expect(rows).toEqual([blockOf(['x', 'b'], vectors).rows[1], row]);
    expect(vectors).toEqual(Float32Array.of(3, 4, 5, 6));
    await again.remove(['a', 'none']);
    expect((await again.get(['a'])).rows).toEqual([]);
    expect(await again.count()).toBe(1);
    expect(await again.nearest(Float32Array.of(1, 0), { k: 5 })).toHaveLength(1);
    await again.close();
  });

  test('may hold none', async () => {
    const store = await openStore(address, infoOf('a', 2));
    expect(await store.nearest(Float32Array.of(1, 0))).toEqual([]);
    await store.close();
  });

  test('puts in all of a block, or none of it', async () => {
    const store = await openStore(address, infoOf('a', 1));
    const { rows } = blockOf(['a', 'b'], Float32Array.of(1, 2));
    const broken = [rows[0]!, { ...rows[1]!, sha256: null as never }];
    await errorOf(() => store.upsert({ rows: broken, vectors: Float32Array.of(1, 2) }));
    expect(await store.count()).toBe(0);
    await store.close();
  });

  test.each([
    ['id', 7],
    ['id', '\ud800'],
    ['sha256', 'a\udc00'],
    ['stamp', '\ud83d'],
    ['sha256', ['a']],
    ['bytes', 1.5],
    ['bytes', 10n],
    ['stamp', new Date(0)],
    ['score', true],
    ['score', null],
    ['score', Number.NaN],
  ])('refuses a row whose %s is %p, and none of its block is put in', async (name, value) => {
    const store = await openStore(address, infoOf('a', 1));
    const { rows } = blockOf(['a', 'b'], Float32Array.of(1, 2));
    const broken = [rows[0]!, { ...rows[1]!, [name]: value }];
    const { code, message } = await errorOf(() =>
      store.upsert({ rows: broken, vectors: Float32Array.of(1, 2) }),
    );
    expect([code, message]).toEqual([
      'invalid-argument',
      expect.stringContaining(`rows[1].${name}: expected `),
    ]);
    expect(await store.count()).toBe(0);
    await store.close();
  });

  test('takes no row out for half a character, which would be that of another', async () => {
    const store = await openStore(address, infoOf('a', 1));
    await store.upsert(blockOf(['\ufffd', '\u{1f600}'], Float32Array.of(1, 2)));
    for (const call of [() => store.remove(['\ud800']), () => store.get(['\ud800'])]) {
      expect((await errorOf(call)).code).toBe('invalid-argument');
    }
    expect((await store.get(['\u{1f600}', '\ufffd'])).rows).toHaveLength(2);
    await store.close();
  });

  test.each([3e38, -1.9e19])(
    'refuses a vector that no search could compare (%p), and all of its block',
    async (length) => {
      const store = await openStore(address, infoOf('a', 2));
      const block = blockOf(['a', 'b'], Float32Array.of(1, 0, length, 1));
      expect(await errorOf(() => store.upsert(block))).toMatchObject({
        code: 'invalid-input',
        message: expect.stringMatching(/^the vector of 'b': expected numbers the sum of whose/),
      });
      // What is just short enough is found.
      block.vectors.set([Math.sign(length) * 1.8e19, 0], 2);
      await store.upsert(block);
      for (const metric of METRICS) {
        expect(await store.nearest(Float32Array.of(1, 0), { metric })).toHaveLength(2);
      }
      await store.close();
    },
  );

  test('is whole after a process was killed at any moment', async () => {
    const store = await openStore(address, infoOf('a', 1));
    const blocks = 8;
    for (const moment of [0, 5, 20]) {
      const child = spawn(process.execPath, ['-e', WRITER, path, `${blocks}`]);
      await new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
      await new Promise((resolve) => setTimeout(resolve, moment));
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('close', resolve));
      expect((await store.count()) % 500).toBe(0);
    }
    await store.close();
  });

  test('refuses vectors and queries that are none', async () => {
    const store = await openStore(address, infoOf('a', 2));
    const { rows } = blockOf(['a'], new Float32Array(2));
    for (const vectors of [
      new Float32Array(3),
      new Float32Array(4),
      Float32Array.of(1, Number.NaN),
    ]) {
      expect((await errorOf(() => store.upsert({ rows, vectors }))).code).toBe('invalid-input');
    }
    for (const query of [
      new Float32Array(3),
      [1, 2],
      Float32Array.of(1, Number.POSITIVE_INFINITY),
    ]) {
      expect((await errorOf(() => store.nearest(query as never))).code).toBe('invalid-input');
    }
    const query = new Float32Array(2);
    for (const options of [{ k: 0 }, { metric: 'hamming' }, null]) {
      const { code } = await errorOf(() => store.nearest(query, options as never));
      expect(code).toBe('invalid-argument');
    }
    const signal = AbortSignal.abort();
    expect((await errorOf(() => store.nearest(query, { signal }))).code).toBe('aborted');
    const nothing = undefined as never;
    for (const call of [
      () => store.get(nothing),
      () => store.remove(nothing),
      () => store.upsert(nothing),
    ]) {
      expect((await errorOf(call)).code).toBe('invalid-argument');
    }
    await store.close();
  });

  describe('with a row that another program put in', () => {
    const put = async (vector: Float32Array) => {
      const store = await openStore(address, infoOf('a', 2));
      await store.upsert(blockOf(['a', 'b'], Float32Array.of(1, 0, 0, 1)));
      const { default: Database } = await import('libsql');
      const db = new Database(path, { timeout: 1000 });
      const hex = Buffer.from(vector.buffer).toString('hex');
      db.exec(`INSERT INTO vectors VALUES ('odd', '', 1, '', NULL, X'${hex}')`);
      db.close();
      return store;
    };

    test.each([
      ['NaN', Float32Array.of(Number.NaN, 1)],
      ['Infinity', Float32Array.of(1, Number.POSITIVE_INFINITY)],
      ['3e+30', Float32Array.of(3e30, 1)],
    ])('that holds %s: no hit, and named where it would be one', async (shown, vector) => {
      const store = await put(vector);
      const query = Float32Array.of(1, 0.5);
      const near = await store.nearest(query, { k: 2 });
      expect(near.map(({ id }) => id)).toEqual(['a', 'b']);
      for (const metric of METRICS) {
        const { code, message } = await errorOf(() => store.nearest(query, { metric }));
        expect([code, message]).toEqual([
          'invalid-data',
          expect.stringMatching(
            /^The vector of 'odd' in sqlite:.* holds .*finite.* Remove that row/,
          ),
        ]);
        expect(message).toContain(shown === '3e+30' ? 'e+30' : shown);
      }
      await store.close();
    });

    test('finds what is near to a query whose squares leave single precision', async () => {
      const store = await put(Float32Array.of(1, 1));
      for (const length of [1e-30, 1e30]) {
        const found = await store.nearest(Float32Array.of(length, 0.2 * length));
        expect(found.map(({ id }) => id)).toEqual(['a', 'odd', 'b']);
      }
      const query = Float32Array.of(1e30, 0);
      expect(await errorOf(() => store.nearest(query, { metric: 'euclidean' }))).toMatchObject({
        code: 'invalid-input',
        message: expect.stringMatching(/^query and 'a': expected distances up to 1e19/),
      });
      await store.close();
    });
  });

  test('says so when it is used after it was closed', async () => {
    const store = await openStore(address, infoOf('a', 2));
    await store.close();
    await store.close();
    const calls: ((store: VectorStore) => unknown)[] = [
      (it) => it.count(),
      (it) => it.get(['a']),
      (it) => it.remove(['a']),
      (it) => it.nearest(new Float32Array(2)),
      (it) => it.upsert(blockOf(['a'], new Float32Array(2))),
    ];
    for (const call of calls) {
      expect(await errorOf(() => call(store))).toMatchObject({
        code: 'disposed',
        message: `The store ${address} was used after close(). Open it again.`,
      });
    }
  });
});

function rowOf(
  rows: readonly { id: string; sha256: string; bytes: number; stamp: string }[],
  id: string,
) {
  const row = rows.find((each) => each.id === id);
  return [row?.sha256, row?.bytes, row?.stamp];
}

/** Puts blocks of 500 rows into a store, as `upsert` does, and tells when it begins. */
const WRITER = `
const Database = require('libsql');
const db = new Database(process.argv[1], { timeout: 5000 });
console.log('begun');
for (let block = 0; block < Number(process.argv[2]); block++) {
  db.exec('BEGIN IMMEDIATE');
  const put = db.prepare("INSERT INTO vectors VALUES (?, '', 1, '', NULL, zeroblob(4))");
  for (let i = 0; i < 500; i++) put.run(process.pid + '/' + block + '/' + i);
  db.exec('COMMIT');
}
`;
