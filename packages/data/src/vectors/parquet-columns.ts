import type { AsyncBuffer, ColumnMetaData, RowGroup } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';

/** Bytes before the columns, and after them at the least: the mark at both ends, and the length of the metadata. */
const HEAD = 4;
const TAIL = 8;

/**
 * Looks at what a file says of a row group before it is read.
 *
 * @param valuesOf how many values a column has to have, by its name
 * @throws Error that says what cannot be
 */
export function checkColumns(
  { byteLength }: AsyncBuffer,
  { columns }: RowGroup,
  valuesOf: (column: string) => number,
): void {
  for (const { meta_data: column } of columns) {
    if (!column) throw new Error('its metadata lacks a column');
    const [start, end] = rangeOf(column);
    const name = nameOf(column);
    if (!(start >= HEAD && end >= start && end <= byteLength - TAIL)) {
      throw new Error(`its column '${name}' would lie outside of it`);
    }
    const [values, expected] = [Number(column.num_values), valuesOf(name)];
    if (values !== expected) {
      throw new Error(`its column '${name}' has ${values} values, not ${expected}`);
    }
  }
}

/**
 * Reads a row group, and looks at the pages of its columns: the library makes room for what they say to hold.
 *
 * @returns the file as far as that row group goes
 * @throws Error that says what cannot be
 */
export async function readGroup(file: AsyncBuffer, { columns }: RowGroup): Promise<AsyncBuffer> {
  const chunks = columns.map(({ meta_data: column }) => column as ColumnMetaData);
  const ranges = chunks.map(rangeOf);
  const from = Math.min(...ranges.map(([start]) => start));
  const bytes = await file.slice(from, Math.max(...ranges.map(([, end]) => end)));
  for (const [i, [start, end]] of ranges.entries()) {
    checkPages(new DataView(bytes, start - from, end - start), chunks[i] as ColumnMetaData);
  }
  return {
    byteLength: file.byteLength,
    slice: (start, end = file.byteLength) => bytes.slice(start - from, end - from),
  };
}

function checkPages(view: DataView, column: ColumnMetaData): void {
  const reader = { view, offset: 0 };
  const damaged = () => new Error(`a page of its column '${nameOf(column)}' is damaged`);
  let left = Number(column.num_values);
  while (left > 0) {
    if (reader.offset >= view.byteLength) throw damaged();
    const page = parquetHeader(reader);
    const { compressed_page_size: packed, uncompressed_page_size: whole } = page;
    reader.offset += packed;
    const most = column.codec === 'UNCOMPRESSED' ? packed : Number(column.total_uncompressed_size);
    const fits = packed >= 0 && reader.offset <= view.byteLength && whole >= 0 && whole <= most;
    const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: words } = page;
    const values = (v1 ?? v2)?.num_values ?? 0;
    // A word of a dictionary takes a byte at the least.
    const isWhole = values >= 0 && values <= left && (words?.num_values ?? 0) <= whole;
    if (!fits || !isWhole) throw damaged();
    left -= values;
  }
}

function rangeOf(column: ColumnMetaData): readonly [start: number, end: number] {
  const start = Number(column.dictionary_page_offset || column.data_page_offset);
  return [start, start + Number(column.total_compressed_size)];
}

function nameOf({ path_in_schema: [name = ''] }: ColumnMetaData): string {
  return name;
}
