/// <reference path="./libraries.d.ts" />
import { LatentkitError } from '@latentkit/core';
import type Database from 'libsql';

/** A connection, with the functions of sqlite-vec. */
export type Sqlite = Database;

/** Milliseconds that a connection waits for another one's transaction. */
const PATIENCE = 2000;

/**
 * Opens a database, or makes one.
 *
 * @param path from the root: libSQL takes other texts for addresses
 * @throws LatentkitError `missing-dependency`; what SQLite throws
 */
export async function connect(path: string): Promise<Sqlite> {
  const { Sqlite, extension } = await load();
  const db = new Sqlite(path, { timeout: PATIENCE });
  try {
    db.loadExtension(extension);
    return db;
  } catch (cause) {
    db.close();
    throw cause;
  }
}

async function load() {
  try {
    const [{ default: Sqlite }, { getLoadablePath }] = await Promise.all([
      import('libsql'),
      import('sqlite-vec'),
    ]);
    return { Sqlite, extension: getLoadablePath() };
  } catch (cause) {
    throw new LatentkitError(
      'missing-dependency',
      `A store in SQLite needs the packages libsql and sqlite-vec, with their parts for ${process.platform} ${process.arch}: npm install @latentkit/stores --include=optional (${(cause as Error).message})`,
      { cause },
    );
  }
}
