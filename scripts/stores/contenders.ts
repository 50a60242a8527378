/** Programs that keep vectors and search them, each by the least code that its documentation gives for that. */
import { join } from 'node:path';

export type Metric = 'cosine' | 'euclidean';

/** A store that is open. */
export interface Trial {
  insert(ids: readonly string[], vectors: Float32Array): Promise<void>;
  /** Exact: no index that approximates. */
  nearest(query: Float32Array, k: number, metric: Metric): Promise<string[]>;
  close(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  /** What it installs, exactly; the first is the one whose licence counts. */
  readonly packages: Readonly<Record<string, string>>;
  /** Tried by a Node of this major version, where the one that runs this is older. */
  readonly node?: number;
  /** @param load a package out of those that were installed */
  open(load: (name: string) => Promise<never>, folder: string, size: number): Promise<Trial>;
}

const SQLITE_VEC = { 'sqlite-vec': '0.1.9' };
const TABLE = 'CREATE TABLE rows (id TEXT NOT NULL UNIQUE, vector BLOB NOT NULL) STRICT';

const bytesOf = (vector: Float32Array) =>
  Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);

/** Whatever speaks SQLite synchronously, as better-sqlite3 does. */
interface Sqlite {
  exec(sql: string): unknown;
  prepare(sql: string): {
    run(...values: unknown[]): unknown;
    all(...values: unknown[]): unknown[];
  };
  loadExtension(path: string): unknown;
  close(): unknown;
}

function sqliteTrial(db: Sqlite, size: number, distances: Readonly<Record<Metric, string>>): Trial {
  db.exec('PRAGMA journal_mode = WAL');
  db.exec(TABLE);
  const put = db.prepare('INSERT INTO rows (id, vector) VALUES (?, ?)');
  const find = (metric: Metric) =>
    db.prepare(`SELECT id, ${distances[metric]} AS distance FROM rows ORDER BY distance LIMIT ?`);
  return {
    async insert(ids, vectors) {
      db.exec('BEGIN');
      for (const [i, id] of ids.entries()) {
        put.run(id, bytesOf(vectors.subarray(i * size, (i + 1) * size)));
      }
      db.exec('COMMIT');
    },
    async nearest(query, k, metric) {
      return (find(metric).all(bytesOf(query), k) as { id: string }[]).map(({ id }) => id);
    },
    async close() {
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      db.close();
    },
  };
}

const BY_VEC = {
  cosine: 'vec_distance_cosine(vector, ?)',
  euclidean: 'vec_distance_L2(vector, ?)',
};

/** With sqlite-vec in it. */
async function withVec(db: Sqlite, load: Parameters<Contender['open']>[0]): Promise<Sqlite> {
  const { getLoadablePath } = (await load('sqlite-vec')) as { getLoadablePath(): string };
  db.loadExtension(getLoadablePath());
  return db;
}

type Constructor = { default: new (path: string, options?: object) => Sqlite };

const LIBSQL = { libsql: '0.5.29' };

const libsql: Contender = {
  name: 'libSQL, its own functions',
  packages: LIBSQL,
  async open(load, folder, size) {
    const { default: Database } = (await load('libsql')) as Constructor;
    return sqliteTrial(new Database(join(folder, 'vectors.db')), size, {
      cosine: 'vector_distance_cos(vector, ?)',
      euclidean: 'vector_distance_l2(vector, ?)',
    });
  },
};

const libsqlVec: Contender = {
  name: 'libSQL and sqlite-vec',
  packages: { ...SQLITE_VEC, ...LIBSQL },
  async open(load, folder, size) {
    const { default: Database } = (await load('libsql')) as Constructor;
    return sqliteTrial(await withVec(new Database(join(folder, 'vectors.db')), load), size, BY_VEC);
  },
};

const virtualTable: Contender = {
  ...libsqlVec,
  name: 'libSQL and a vec0 table of sqlite-vec',
  async open(load, folder, size) {
    const { default: Database } = (await load('libsql')) as Constructor;
    const db = await withVec(new Database(join(folder, 'vectors.db')), load);
    db.exec('PRAGMA journal_mode = WAL');
    // A column has one metric: both of them hold all vectors.
    const column = (metric: Metric, name: string) =>
      `${metric} float[${size}] distance_metric=${name}`;
    db.exec(
      `CREATE VIRTUAL TABLE rows USING vec0(id TEXT PRIMARY KEY, ${column('cosine', 'cosine')}, ${column('euclidean', 'L2')})`,
    );
    const put = db.prepare('INSERT INTO rows (id, cosine, euclidean) VALUES (?, ?, ?)');
    return {
      async insert(ids, vectors) {
        db.exec('BEGIN');
        for (const [i, id] of ids.entries()) {
          const bytes = bytesOf(vectors.subarray(i * size, (i + 1) * size));
          put.run(id, bytes, bytes);
        }
        db.exec('COMMIT');
      },
      async nearest(query, k, metric) {
        const find = db.prepare(`SELECT id FROM rows WHERE ${metric} MATCH ? AND k = ?`);
        return (find.all(bytesOf(query), k) as { id: string }[]).map(({ id }) => id);
      },
      async close() {
        db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
        db.close();
      },
    };
  },
};

const nodeSqlite: Contender = {
  name: 'node:sqlite and sqlite-vec',
  packages: SQLITE_VEC,
  node: 22,
  async open(load, folder, size) {
    const name = 'node:sqlite';
    const { DatabaseSync } = (await import(name)) as {
      DatabaseSync: new (path: string, options: object) => Sqlite;
    };
    const db = new DatabaseSync(join(folder, 'vectors.db'), { allowExtension: true });
    return sqliteTrial(await withVec(db, load), size, BY_VEC);
  },
};

const betterSqlite: Contender = {
  name: 'better-sqlite3 and sqlite-vec',
  packages: { ...SQLITE_VEC, 'better-sqlite3': '13.2.0' },
  node: 22,
  async open(load, folder, size) {
    const { default: Database } = (await load('better-sqlite3')) as Constructor;
    return sqliteTrial(await withVec(new Database(join(folder, 'vectors.db')), load), size, BY_VEC);
  },
};

interface LanceTable {
  add(rows: readonly object[]): Promise<unknown>;
  search(vector: Float32Array): {
    distanceType(name: string): { limit(k: number): { toArray(): Promise<{ id: string }[]> } };
  };
}

const lance = (version: string, node?: number): Contender => ({
  name: `LanceDB ${version}`,
  packages: { '@lancedb/lancedb': version, 'apache-arrow': '18.1.0' },
  ...(node === undefined ? {} : { node }),
  async open(load, folder, size) {
    const { connect } = (await load('@lancedb/lancedb')) as {
      connect(path: string): Promise<{
        createTable(name: string, rows: readonly object[]): Promise<LanceTable>;
        close(): void;
      }>;
    };
    const db = await connect(join(folder, 'lance'));
    let table: LanceTable | undefined;
    return {
      async insert(ids, vectors) {
        const rows = ids.map((id, i) => ({
          id,
          vector: Array.from(vectors.subarray(i * size, (i + 1) * size)),
        }));
        if (table) await table.add(rows);
        else table = await db.createTable('rows', rows);
      },
      async nearest(query, k, metric) {
        const name = metric === 'cosine' ? 'cosine' : 'l2';
        const found = await table?.search(query).distanceType(name).limit(k).toArray();
        return (found ?? []).map(({ id }) => id);
      },
      async close() {
        db.close();
      },
    };
  },
});

interface DuckConnection {
  run(sql: string, values?: unknown): Promise<unknown>;
  runAndReadAll(sql: string, values: unknown): Promise<{ getRows(): unknown[][] }>;
  createAppender(table: string): Promise<{
    appendVarchar(text: string): void;
    appendArray(values: unknown, type: unknown): void;
    endRow(): void;
    closeSync(): void;
  }>;
  closeSync(): void;
}

const duckdb: Contender = {
  name: 'DuckDB',
  packages: { '@duckdb/node-api': '1.5.6-r.1' },
  async open(load, folder, size) {
    const { DuckDBInstance, arrayValue, ARRAY, FLOAT } = (await load('@duckdb/node-api')) as {
      DuckDBInstance: {
        create(path: string): Promise<{ connect(): Promise<DuckConnection>; closeSync(): void }>;
      };
      arrayValue(numbers: readonly number[]): unknown;
      ARRAY(type: unknown, length: number): unknown;
      FLOAT: unknown;
    };
    const instance = await DuckDBInstance.create(join(folder, 'vectors.duckdb'));
    const db = await instance.connect();
    const type = ARRAY(FLOAT, size);
    await db.run(`CREATE TABLE rows (id VARCHAR PRIMARY KEY, vector FLOAT[${size}])`);
    return {
      async insert(ids, vectors) {
        await db.run('BEGIN');
        const appender = await db.createAppender('rows');
        for (const [i, id] of ids.entries()) {
          appender.appendVarchar(id);
          const vector = Array.from(vectors.subarray(i * size, (i + 1) * size));
          appender.appendArray(arrayValue(vector), type);
          appender.endRow();
        }
        appender.closeSync();
        await db.run('COMMIT');
      },
      async nearest(query, k, metric) {
        const distance = metric === 'cosine' ? 'array_cosine_distance' : 'array_distance';
        const found = await db.runAndReadAll(
          `SELECT id FROM rows ORDER BY ${distance}(vector, $1::FLOAT[${size}]) LIMIT ${k}`,
          [`[${query.join()}]`],
        );
        return found.getRows().map(([id]) => id as string);
      },
      async close() {
        await db.run('CHECKPOINT');
        db.closeSync();
        instance.closeSync();
      },
    };
  },
};

interface Postgres {
  exec(sql: string): Promise<unknown>;
  query(sql: string, values: readonly unknown[]): Promise<{ rows: { id: string }[] }>;
  close(): Promise<void>;
}

const pglite: Contender = {
  name: 'PGlite and pgvector',
  packages: { '@electric-sql/pglite': '0.5.14', '@electric-sql/pglite-pgvector': '0.0.15' },
  async open(load, folder, size) {
    const { PGlite } = (await load('@electric-sql/pglite')) as {
      PGlite: { create(path: string, options: object): Promise<Postgres> };
    };
    const { vector } = (await load('@electric-sql/pglite-pgvector')) as { vector: unknown };
    const db = await PGlite.create(join(folder, 'postgres'), { extensions: { vector } });
    await db.exec('CREATE EXTENSION vector');
    await db.exec(`CREATE TABLE rows (id text PRIMARY KEY, vector vector(${size}))`);
    return {
      async insert(ids, vectors) {
        const texts = ids.map((_, i) => `[${vectors.subarray(i * size, (i + 1) * size).join()}]`);
        await db.query(
          'INSERT INTO rows SELECT id, numbers::vector FROM unnest($1::text[], $2::text[]) AS given (id, numbers)',
          [ids, texts],
        );
      },
      async nearest(query, k, metric) {
        const operator = metric === 'cosine' ? '<=>' : '<->';
        const { rows } = await db.query(
          `SELECT id FROM rows ORDER BY vector ${operator} $1::vector LIMIT $2`,
          [`[${query.join()}]`, k],
        );
        return rows.map(({ id }) => id);
      },
      async close() {
        await db.close();
      },
    };
  },
};

export const CONTENDERS: readonly Contender[] = [
  libsqlVec,
  libsql,
  virtualTable,
  nodeSqlite,
  betterSqlite,
  lance('0.37.1'),
  lance('0.39.0', 22),
  duckdb,
  pglite,
];
