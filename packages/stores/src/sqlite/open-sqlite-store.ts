import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ArgumentError, LatentkitError } from '@latentkit/core';
import type { VectorInfo, VectorStore } from '@latentkit/data';
import { makeFolder, unwritable } from '@latentkit/system';
import { connect, type Sqlite } from './load-sqlite.ts';
import { explained } from './sqlite-faults.ts';
import { SqliteStore } from './sqlite-store.ts';
import { createTables, readInfo, setModelPath } from './store-schema.ts';
import { inTransaction } from './transaction.ts';

/**
 * Opens a SQLite database of vectors, or makes it for those of `wanted`.
 *
 * @throws as `openStore`
 */
export async function openSqliteStore(
  address: string,
  path: string,
  wanted: VectorInfo | undefined,
): Promise<VectorStore> {
  const about = await stat(path).catch(() => undefined);
  if (about && !about.isFile()) throw new ArgumentError('store', 'the path of a file', address);
  if (!about && !wanted) {
    throw new LatentkitError(
      'not-found',
      `There is no store ${address}. Make one: latentkit embed MODEL PICTURES --to ${address}`,
    );
  }
  let db: Sqlite | undefined;
  try {
    if (!about) await makeFolderOf(path, address);
    db = await connect(path);
    const info = readInfo(db, address) ?? create(db, address, wanted);
    if (wanted) checkSame(address, info, wanted);
    if (wanted?.modelPath !== undefined && wanted.modelPath !== info.modelPath) {
      setModelPath(db, wanted.modelPath);
      return new SqliteStore(address, { ...info, modelPath: wanted.modelPath }, db);
    }
    return new SqliteStore(address, info, db);
  } catch (cause) {
    db?.close();
    throw explained(address, cause);
  }
}

async function makeFolderOf(path: string, address: string): Promise<void> {
  try {
    await makeFolder(dirname(path));
  } catch (cause) {
    throw unwritable(`Could not make ${address}`, cause);
  }
}

function create(db: Sqlite, address: string, wanted: VectorInfo | undefined): VectorInfo {
  if (!wanted) {
    throw new LatentkitError(
      'invalid-data',
      `${address} holds nothing, not even what its vectors are to be. Fill it: latentkit embed MODEL PICTURES --to ${address}`,
    );
  }
  return inTransaction(db, () => {
    // Another process may have been quicker.
    const there = readInfo(db, address);
    if (!there) createTables(db, wanted);
    return there ?? wanted;
  });
}

function checkSame(address: string, info: VectorInfo, wanted: VectorInfo): void {
  if (info.space === wanted.space && info.size === wanted.size) return;
  const nameOf = ({ model, space }: VectorInfo) => `${model} (${space.slice(0, 12)}…)`;
  throw new ArgumentError(
    'store',
    `a store of the latent space of ${nameOf(wanted)}, or none yet: name another, or embed with the model of this one`,
    `one of ${nameOf(info)}, ${address}`,
  );
}
