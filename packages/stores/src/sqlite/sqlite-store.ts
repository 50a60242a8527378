import { setImmediate as nextTurn } from 'node:timers/promises';
import { ArgumentError, InputError, LatentkitError } from '@latentkit/core';
import {
  checkInteger,
  checkList,
  checkObject,
  checkText,
  MAX_FLOAT32,
  throwIfAborted,
} from '@latentkit/core/runtime';
import {
  checkQuery,
  checkVectors,
  type Metric,
  type NearestOptions,
  type SearchHit,
  type VectorBlock,
  type VectorInfo,
  type VectorRow,
  type VectorStore,
} from '@latentkit/data';
import { bytesFrom, numberFrom, readable, type Stored, textFrom } from './columns.ts';
import type { Sqlite } from './load-sqlite.ts';
import { guarded } from './sqlite-faults.ts';
import { inTransaction } from './transaction.ts';

const FLOAT = Float32Array.BYTES_PER_ELEMENT;
/** Numbers that are compared in one go: some tens of milliseconds, in which the event loop waits. */
const PIECE_NUMBERS = 2 ** 20;

const COLUMNS = ['id', 'sha256', 'bytes', 'stamp', 'score'];
/** The columns of a `StoredRow`. */
const READABLE = [...COLUMNS, 'vector'].map((name) => readable(`vectors.${name}`)).join(', ');

const PUT = `
INSERT INTO vectors (${COLUMNS.join(', ')}, vector) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET sha256 = excluded.sha256, bytes = excluded.bytes, stamp = excluded.stamp,
  score = excluded.score, vector = excluded.vector`;

/** By the ids as a list in JSON, in their order: in one go, a quarter of the time that one after the other take. */
const GET = `
SELECT ${READABLE}
FROM json_each(?) AS wanted CROSS JOIN vectors ON vectors.id = wanted.value ORDER BY wanted.key`;

/** Ids that are listed in one go. */
const IDS_TOGETHER = 16_384;
const IDS = `SELECT rowid, ${readable('id')} FROM vectors WHERE rowid > ? ORDER BY rowid LIMIT ?`;

/** The angle to a vector of length 0 is none: its cosine counts as 0, as in a search of files. */
const DISTANCES: Readonly<Record<Metric, string>> = {
  cosine: 'coalesce(max(vec_distance_cosine(vector, ?), 0), 1)',
  euclidean: 'vec_distance_L2(vector, ?)',
};

/** The nearest of some rows, of which only those that are found are read in full. */
const nearestBy = (metric: Metric) => `
SELECT ${READABLE}, distance
FROM (
  SELECT rowid AS place, ${DISTANCES[metric]} AS distance FROM vectors
  WHERE rowid > ? AND rowid <= ? ORDER BY distance, place LIMIT ?
) JOIN vectors ON vectors.rowid = place ORDER BY distance, place`;

type StoredRow = [
  id: Stored,
  sha256: Stored,
  bytes: Stored,
  stamp: Stored,
  score: Stored,
  vector: Stored,
];

/** A row that is near, with its distance: none where sqlite-vec finds that it is no number. */
type Found = [...StoredRow, distance: number | null];

/**
 * A store in SQLite: a table of rows, whose vectors sqlite-vec compares one after the other. It does so in single precision:
 * vectors shorter than 1e-19 count as 0. A row that another program put in, and whose numbers are not finite or leave single
 * precision when they are squared, is refused by its name where it would be among the nearest.
 */
export class SqliteStore implements VectorStore {
  readonly address: string;
  readonly info: VectorInfo;
  readonly #db: Sqlite;
  #isOpen = true;

  constructor(address: string, info: VectorInfo, db: Sqlite) {
    this.address = address;
    this.info = info;
    this.#db = db;
  }

  async count(): Promise<number> {
    const [[count]] = this.#do((db) => db.prepare('SELECT count(*) FROM vectors').raw().all()) as [
      [number],
    ];
    return count;
  }

  async upsert(block: VectorBlock): Promise<void> {
    checkObject('block', block, 'rows and their vectors');
    const { rows, vectors } = block;
    const { size } = this.info;
    checkRows(rows);
    checkVectors('vectors', vectors, size);
    if (vectors.length !== rows.length * size) {
      const wanted = `${rows.length} × ${size} numbers, of ${rows.length} rows`;
      throw new InputError('vectors', wanted, `${vectors.length} numbers`);
    }
    checkLengths(rows, vectors, size);
    const bytes = bytesOf(vectors);
    this.#do((db) =>
      inTransaction(db, () => {
        const put = db.prepare(PUT);
        for (const [i, { id, sha256, bytes: length, stamp, score }] of rows.entries()) {
          const vector = bytes.subarray(i * size * FLOAT, (i + 1) * size * FLOAT);
          put.run(id, sha256, length, stamp, score ?? null, vector);
        }
      }),
    );
  }

  async get(ids: readonly string[]): Promise<VectorBlock> {
    checkIds(ids);
    const length = this.info.size * FLOAT;
    return this.#do((db) => {
      const found = db.prepare(GET).raw().all(JSON.stringify(ids)) as StoredRow[];
      const pieces = found.map((row) => bytesFrom(row[5], length, 'a vector'));
      const vectors = new Float32Array(found.length * this.info.size);
      const bytes = bytesOf(vectors);
      for (const [i, piece] of pieces.entries()) bytes.set(piece, i * length);
      return { rows: found.map(rowOf), vectors };
    });
  }

  async *ids(): AsyncGenerator<string[], void, undefined> {
    for (let last = 0; ; ) {
      const rows = this.#do((db) => {
        const found = db.prepare(IDS).raw().all(last, IDS_TOGETHER) as [number, Stored][];
        return found.map(([place, id]) => [place, textFrom(id, 'an id')] as const);
      });
      yield rows.map(([, id]) => id);
      const [place] = rows.at(-1) ?? [];
      if (place === undefined || rows.length < IDS_TOGETHER) return;
      last = place;
      await nextTurn();
    }
  }

  async remove(ids: readonly string[]): Promise<void> {
    checkIds(ids);
    if (ids.length === 0) return;
    this.#do((db) =>
      inTransaction(db, () => {
        const remove = db.prepare('DELETE FROM vectors WHERE id = ?');
        for (const id of ids) remove.run(id);
      }),
    );
  }

  async nearest(query: Float32Array, options: NearestOptions = {}): Promise<SearchHit[]> {
    const { k, metric, signal } = checkQuery(query, this.info.size, options);
    const bytes = bytesOf(metric === 'cosine' ? unit(query) : query);
    const step = Math.max(1, Math.floor(PIECE_NUMBERS / this.info.size));
    const sql = nearestBy(metric);
    let best: Found[] = [];
    for (let from = 0, last = 0; ; from += step) {
      throwIfAborted(signal, 'Searching');
      const found = this.#do((db) => {
        const [[highest]] = db.prepare('SELECT max(rowid) FROM vectors').raw().all() as [
          [number | null],
        ];
        last = highest ?? 0;
        return db
          .prepare(sql)
          .raw()
          .all(bytes, from, from + step, k);
      }) as Found[];
      // Stable: of equals, those that stand first.
      best = [...best, ...found].sort((a, b) => byDistance(a[6], b[6])).slice(0, k);
      if (from + step >= last) return this.#do(() => best.map((row) => this.#hit(row)));
      await nextTurn();
    }
  }

  /** @throws LatentkitError for a row that another program put in, whose vector is none; InputError */
  #hit(found: Found): SearchHit {
    const row = rowOf(found);
    const vector = new Float32Array(this.info.size);
    bytesOf(vector).set(bytesFrom(found[5], vector.byteLength, 'a vector'));
    const distance = found[6];
    if (!(squaredLength(vector) <= MAX_FLOAT32)) {
      throw new LatentkitError(
        'invalid-data',
        `The vector of '${row.id}' in ${this.address} holds ${oddest(vector)}: its numbers must be finite, and the sum of their squares too in single precision. Remove that row, and embed its file again.`,
      );
    }
    if (distance === null || distance > MAX_FLOAT32) {
      const expected = 'distances up to 1e19, whose squares single precision holds';
      throw new InputError(`query and '${row.id}'`, expected, 'a larger one');
    }
    return { ...row, distance };
  }

  async close(): Promise<void> {
    if (this.#isOpen) this.#db.close();
    this.#isOpen = false;
  }

  #do<T>(work: (db: Sqlite) => T): T {
    if (!this.#isOpen) {
      throw new LatentkitError(
        'disposed',
        `The store ${this.address} was used after close(). Open it again.`,
      );
    }
    return guarded(this.address, () => work(this.#db));
  }
}

/** @throws Error of `SQLITE_CORRUPT` */
function rowOf([id, sha256, bytes, stamp, score]: readonly [
  ...StoredRow,
  ...unknown[],
]): VectorRow {
  return {
    id: textFrom(id, 'an id'),
    sha256: textFrom(sha256, 'a sha256'),
    bytes: numberFrom(bytes, 'a number of bytes'),
    stamp: textFrom(stamp, 'a stamp'),
    ...(score === null ? {} : { score: numberFrom(score, 'a score') }),
  };
}

/** As SQLite has it: what is no number stands first. */
function byDistance(a: number | null, b: number | null): number {
  const [x, y] = [a ?? -1, b ?? -1];
  return x < y ? -1 : Number(x > y);
}

/** In double precision: sqlite-vec cannot hold the squares of a very long query, nor of a very short one. */
function unit(query: Float32Array): Float32Array {
  const squared = squaredLength(query);
  return squared > 0 ? query.map((value) => value / Math.sqrt(squared)) : query;
}

function squaredLength(vector: Float32Array): number {
  let squared = 0;
  for (const value of vector) squared += value * value;
  return squared;
}

/** What is no number, or else the largest. */
function oddest(vector: Float32Array): number {
  return vector.find(Number.isNaN) ?? vector.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
}

/** What a search by sqlite-vec could not compare is not put in. */
function checkLengths(rows: readonly VectorRow[], vectors: Float32Array, size: number): void {
  for (const [i, { id }] of rows.entries()) {
    const vector = vectors.subarray(i * size, (i + 1) * size);
    if (squaredLength(vector) <= MAX_FLOAT32) continue;
    const expected = 'numbers the sum of whose squares single precision holds (up to 1e19)';
    throw new InputError(`the vector of '${id}'`, expected, String(oddest(vector)));
  }
}

/** libSQL ends the process for a value that it does not know how to put in. */
function checkRows(rows: readonly VectorRow[]): void {
  checkList('rows', rows);
  for (const [i, row] of rows.entries()) {
    checkObject(`rows[${i}]`, row, 'what a vector was made from: { id, sha256, bytes, stamp }');
    for (const name of ['id', 'sha256', 'stamp'] as const)
      checkWhole(`rows[${i}].${name}`, row[name]);
    checkInteger(`rows[${i}].bytes`, row.bytes, 0);
    const { score } = row;
    // SQLite has no NaN: it would become none.
    if (score === undefined || (typeof score === 'number' && !Number.isNaN(score))) continue;
    throw new ArgumentError(`rows[${i}].score`, 'a number, or nothing', score);
  }
}

function checkIds(ids: readonly string[]): void {
  checkList('ids', ids);
  for (const id of ids) checkWhole('id', id);
}

/** Half a character (a lone surrogate) has no UTF-8: all of them would be one row. */
function checkWhole(argument: string, text: string): void {
  checkText(argument, text);
  if (/\p{Cs}/u.test(text)) throw new ArgumentError(argument, 'text of whole characters', text);
}

/** The numbers as sqlite-vec takes them: float32, in this machine's order of bytes. */
function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
