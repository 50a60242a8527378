import { LatentkitError } from '@latentkit/core';
import { unwritable } from '@latentkit/system';

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
  // libSQL says in words alone that it could not open a file.
  if (message?.startsWith('ConnectionFailed'))
    return unwritable(`Could not open ${address}`, cause);
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
    case 'CANTOPEN':
    case 'FULL':
    case 'IOERR':
    case 'PERM':
    case 'READONLY':
      return unwritable(`Could not write to ${address}`, cause);
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
