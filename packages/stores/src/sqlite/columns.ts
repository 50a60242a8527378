/** A value as libSQL gives it that was selected by `readable`. */
export type Stored = Uint8Array | number | null;

/**
 * A column as it is to be selected: text as its bytes. libSQL ends the process where text is no UTF-8, be it a value or the
 * declaration of a column, which an expression has not.
 */
export function readable(column: string): string {
  return `iif(typeof(${column}) = 'text', CAST(${column} AS BLOB), ${column})`;
}

/** Bytes that are no UTF-8 are an error; a byte order mark is text. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws Error of `SQLITE_CORRUPT` */
export function textFrom(value: Stored, column: string): string {
  if (value instanceof Uint8Array) {
    try {
      return UTF8.decode(value);
    } catch {
      // Told below.
    }
  }
  throw corrupt(column, 'text in UTF-8');
}

/** @throws as `textFrom` */
export function numberFrom(value: Stored, column: string): number {
  if (typeof value === 'number') return value;
  throw corrupt(column, 'a number');
}

/** @throws as `textFrom` */
export function bytesFrom(value: Stored, length: number, column: string): Uint8Array {
  if (value instanceof Uint8Array && value.byteLength === length) return value;
  throw corrupt(column, `${length} bytes`);
}

/** The error that SQLite has for a damaged file, for damage that it does not look for. */
export function corrupt(column: string, expected: string): Error {
  return Object.assign(new Error(`${column} is not ${expected}`), { code: 'SQLITE_CORRUPT' });
}
