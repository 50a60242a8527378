import type { Sqlite } from './load-sqlite.ts';

/** Does all of the work or none of it, whatever ends it; others may read meanwhile, and not write. */
export function inTransaction<T>(db: Sqlite, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk, for one, has ended it already.
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
