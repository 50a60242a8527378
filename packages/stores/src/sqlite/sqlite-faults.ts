import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { LatentkitError } from '@latentkit/core';
import { temporaryBeside, unwritable } from '@latentkit/system';
import { parseAddress } from '../store-address.ts';

/**
 * Does something with a database, and says in our words what SQLite has against it.
 *
 * @throws LatentkitError `in-use`, `unwritable`, `invalid-data`; errors that are not SQLite's as they are
 */
export function guarded<T>(address: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw explained(address, cause);
  }
}

/** What SQLite's error codes (https://www.sqlite.org/rescode.html) mean for who uses a store. */
export function explained(address: string, cause: unknown): unknown {
  const { code, message } = cause as { code?: unknown; message?: string };
  // libSQL says in words alone that it could not open a file, and in those of its own code.
  if (message?.startsWith('ConnectionFailed')) {
    return unwritable(
      `Could not open ${address}`,
      refusalOf(address) ?? new Error('SQLite cannot open the file', { cause }),
    );
  }
  const [, kind] = typeof code === 'string' ? (/^SQLITE_([A-Z]+)/.exec(code) ?? []) : [];
  switch (kind) {
    case undefined:
      return cause;
    case 'BUSY':
    case 'LOCKED':
      return new LatentkitError(
        'in-use',
        `Another process is writing to ${address}. Wait for it, or use another store.`,
        { cause },
      );
    case 'FULL':
      return unwritable(
        `Could not write to ${address}`,
        Object.assign(new Error(message, { cause }), { code: 'ENOSPC' }),
      );
    case 'CANTOPEN':
    case 'IOERR':
    case 'PERM':
    case 'READONLY':
      return unwritable(`Could not write to ${address}`, refusalOf(address) ?? cause);
    case 'NOTADB':
      return new LatentkitError(
        'invalid-data',
        `${address} is no SQLite database. Name a store that 'latentkit embed --to' made, or a file that is not there yet.`,
        { cause },
      );
    default:
      return new LatentkitError(
        'invalid-data',
        `${address} is damaged (${message}). Remove it, and embed the files again.`,
        { cause },
      );
  }
}

/** What the system has against writing the file of a store, and its journal beside it; undefined where it has nothing. */
function refusalOf(address: string): unknown {
  const { path } = parseAddress(address);
  const journal = temporaryBeside(path);
  try {
    if (existsSync(path)) closeSync(openSync(path, 'r+'));
    closeSync(openSync(journal, 'wx'));
    rmSync(journal);
    return undefined;
  } catch (cause) {
    return cause;
  }
}
