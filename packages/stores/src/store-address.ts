import { resolve } from 'node:path';
import { ArgumentError } from '@latentkit/core';

/** A store, by where it is. */
export interface StoreAddress {
  readonly kind: 'sqlite';
  /** Its file, from the root. */
  readonly path: string;
}

/**
 * Reads an address: `sqlite:` and the path of a file, from the working folder or from the root.
 *
 * @throws ArgumentError
 */
export function parseAddress(address: string): StoreAddress {
  const [, path = ''] = /^sqlite:(.*)$/s.exec(address) ?? [];
  // Neither an authority (sqlite://host/…) nor a database in memory alone (sqlite::memory:).
  if (path.trim() === '' || /^\/\/|^:|\0/.test(path)) {
    throw new ArgumentError(
      'store',
      "the address of a store: 'sqlite:vectors.db', or 'sqlite:/data/vectors.db' from the root",
      address,
    );
  }
  return { kind: 'sqlite', path: resolve(path) };
}
