import { LatentkitError } from '@latentkit/core';
import type { VectorInfo } from '@latentkit/data';
import { corrupt, numberFrom, readable, type Stored, textFrom } from './columns.ts';
import type { Sqlite } from './load-sqlite.ts';

/** "lkvs", by which `file` and SQLite's tools tell our databases from others. */
const APPLICATION = 0x6c6b7673;
const FORMAT = 1;

/** A vector is its float32 one after the other, little-endian, as sqlite-vec has them. */
const tables = (size: number) => `
CREATE TABLE latent_space (
  space TEXT NOT NULL, model TEXT NOT NULL, size INTEGER NOT NULL, model_path TEXT
) STRICT;
CREATE TABLE vectors (
  id TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, stamp TEXT NOT NULL, score REAL,
  vector BLOB NOT NULL CHECK (length(vector) = ${size * Float32Array.BYTES_PER_ELEMENT})
) STRICT;
PRAGMA application_id = ${APPLICATION};
PRAGMA user_version = ${FORMAT};
`;

/** Makes a store of a database that holds nothing; in a transaction. */
export function createTables(db: Sqlite, { space, model, size, modelPath }: VectorInfo): void {
  db.exec(tables(size));
  db.prepare('INSERT INTO latent_space (space, model, size, model_path) VALUES (?, ?, ?, ?)').run(
    ...[space, model, size, modelPath ?? null],
  );
}

/** Writes down where the model is now. */
export function setModelPath(db: Sqlite, modelPath: string): void {
  db.prepare('UPDATE latent_space SET model_path = ?').run(modelPath);
}

/**
 * What the vectors of a database are.
 *
 * @returns undefined where it holds nothing at all
 * @throws LatentkitError `invalid-data`, `unsupported-format`
 */
export function readInfo(db: Sqlite, address: string): VectorInfo | undefined {
  const application = numberOf(db, 'PRAGMA application_id');
  const names = db
    .prepare(`SELECT ${readable('name')} FROM sqlite_master`)
    .raw()
    .all();
  if (application === 0 && names.length === 0) return undefined;
  const [[encoding]] = db.prepare('PRAGMA encoding').raw().all() as [[string]];
  if (application !== APPLICATION) {
    const decoder = new TextDecoder(encoding);
    const shown = names.slice(0, 5).map(([name]) => decoder.decode(name as Uint8Array));
    throw new LatentkitError(
      'invalid-data',
      `${address} is a database of something else (with ${shown.join(', ') || 'no tables'}), and left as it is. Name a store that 'latentkit embed --to' made, or a file that is not there yet.`,
    );
  }
  const format = numberOf(db, 'PRAGMA user_version');
  if (format !== FORMAT) {
    throw new LatentkitError(
      'unsupported-format',
      `${address} is a store of format ${format}; this version of @latentkit/stores knows format ${FORMAT}. Install a later one.`,
    );
  }
  if (encoding !== 'UTF-8') throw corrupt('its text', 'UTF-8');
  const columns = ['space', 'model', 'size', 'model_path'].map(readable).join(', ');
  const [row] = db.prepare(`SELECT ${columns} FROM latent_space`).raw().all() as [
    space: Stored,
    model: Stored,
    size: Stored,
    modelPath: Stored,
  ][];
  if (!row) {
    throw new LatentkitError(
      'invalid-data',
      `${address} does not say what its vectors are. Remove it, and embed the files again.`,
    );
  }
  const [space, model, size, modelPath] = row;
  return {
    space: textFrom(space, 'the latent space'),
    model: textFrom(model, 'the name of the model'),
    size: sizeFrom(size),
    ...(modelPath === null ? {} : { modelPath: textFrom(modelPath, 'the path of the model') }),
  };
}

function sizeFrom(value: Stored): number {
  const size = numberFrom(value, 'the size of a vector');
  if (Number.isSafeInteger(size) && size >= 1) return size;
  throw corrupt('the size of a vector', 'an integer of at least 1');
}

function numberOf(db: Sqlite, sql: string): number {
  const [[value]] = db.prepare(sql).raw().all() as [[number]];
  return value;
}
