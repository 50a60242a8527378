import { LatentkitError } from '@latentkit/core';
import type { VectorBlock, VectorRow } from './vector-rows.ts';
import type { VectorFileInfo } from './vector-sidecar.ts';

/** The values of a row group, by the names of their columns. */
export type Columns = ReadonlyMap<string, readonly unknown[]>;

/**
 * A row group as rows and vectors. Other programs may have saved it: nothing is taken for what it has to be.
 *
 * @param first the position of its first row in the file
 * @throws LatentkitError `invalid-data` by the column and the row; Error that says what of the group is not whole
 */
export function blockOf(
  columns: Columns,
  count: number,
  { size, scored }: VectorFileInfo,
  path: string,
  first: number,
): VectorBlock {
  const column = <T>(name: string, expected: string, read: (value: unknown) => T | undefined) => {
    const data = columns.get(name);
    if (data?.length !== count) throw new Error(`its column '${name}' is not whole`);
    return (row: number) => {
      const value = read(data[row]);
      if (value !== undefined) return value;
      throw odd(path, name, first + row, data[row], expected);
    };
  };
  const text = (name: string) => column(name, 'text', textOf);
  const [id, sha256, stamp] = [text('id'), text('sha256'), text('stamp')];
  const bytes = column('bytes', 'a number of bytes', lengthOf);
  const score = scored ? column('score', 'a number', numberOf) : undefined;
  const numbers = column('vector', `${size} numbers`, listOf);
  const vectors = new Float32Array(count * size);
  const rows: VectorRow[] = [];
  for (let i = 0; i < count; i++) {
    const vector = numbers(i);
    if (vector.length !== size) throw new Error(`row ${first + i} has ${vector.length} numbers`);
    for (let at = 0; at < size; at++) {
      const value = vector[at];
      if (typeof value !== 'number') throw odd(path, 'vector', first + i, value, 'a float');
      vectors[i * size + at] = value;
    }
    rows.push({
      id: id(i),
      sha256: sha256(i),
      bytes: bytes(i),
      stamp: stamp(i),
      ...(score ? { score: score(i) } : {}),
    });
  }
  return { rows, vectors };
}

/** Whole numbers count as their text: that is what programs make of names that are digits. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'bigint' || Number.isSafeInteger(value) ? String(value) : undefined;
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' ? value : undefined;
}

function lengthOf(value: unknown): number | undefined {
  const length = numberOf(value);
  return Number.isSafeInteger(length) && (length as number) >= 0 ? length : undefined;
}

function listOf(value: unknown): ArrayLike<unknown> | undefined {
  return Array.isArray(value) || ArrayBuffer.isView(value)
    ? (value as ArrayLike<unknown> & object)
    : undefined;
}

function odd(
  path: string,
  column: string,
  row: number,
  value: unknown,
  expected: string,
): LatentkitError {
  const shown = value instanceof Date ? 'a time' : value === null ? 'null' : `a ${typeof value}`;
  return new LatentkitError(
    'invalid-data',
    `${path} holds ${shown} in row ${row} of its column '${column}', where ${expected} was expected. Save that column as it was, or embed the files again.`,
  );
}
