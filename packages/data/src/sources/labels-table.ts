import { LatentkitError } from '@latentkit/core';
import { parse } from 'csv-parse/sync';
import { someNames } from '../some-names.ts';
import { partOf } from './name-parts.ts';
import type { PictureEntry } from './picture-source.ts';

/** Names of the tables that are looked for among the pictures. */
export const TABLE_NAMES = ['labels.csv', 'metadata.csv', 'labels.tsv'] as const;

const FILE_COLUMNS = ['file', 'file_name', 'filename', 'path', 'image', 'id'];
const LABEL_COLUMNS = ['label', 'class', 'category'];
const PART_COLUMNS = ['split', 'part', 'subset'];

export interface TableRow {
  /** As it stands in the table, with `/`. */
  readonly file: string;
  readonly line: number;
  readonly label: string | undefined;
  readonly part: PictureEntry['part'];
  readonly factors: readonly number[];
}

export interface LabelsTable {
  readonly rows: readonly TableRow[];
  /** Columns all of whose values are numbers. */
  readonly factorNames: readonly string[];
}

/**
 * Reads a table of pictures: a first line with the names of the columns (`file,label,…`), then a row a
 * picture. Columns that hold only numbers are factors; others are left aside.
 *
 * @throws LatentkitError `invalid-data` for a table that cannot be read, without a column of files, or
 *   with a file twice
 */
export function parseLabelsTable(text: string, source: string): LabelsTable {
  const invalid = (fault: string, cause?: unknown) =>
    new LatentkitError('invalid-data', `${source}: ${fault}`, cause ? { cause } : {});
  let records: string[][];
  try {
    records = parse(text, {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      delimiter: source.endsWith('.tsv') ? '\t' : ',',
    });
  } catch (cause) {
    throw invalid(`the table cannot be read: ${(cause as Error).message}.`, cause);
  }
  const [header = [], ...lines] = records;
  const names = header.map((name) => name.toLowerCase());
  const column = (known: readonly string[]) => names.findIndex((name) => known.includes(name));
  const [file, label, part] = [FILE_COLUMNS, LABEL_COLUMNS, PART_COLUMNS].map(column) as [
    number,
    number,
    number,
  ];
  if (file < 0) {
    throw invalid(
      `its first line must name a column '${FILE_COLUMNS[0]}' (file,label,…); it holds ${header.join(', ') || 'nothing'}.`,
    );
  }
  const isNumber = (value: string | undefined) => !!value && Number.isFinite(Number(value));
  const factors = header.flatMap((_, i) =>
    ![file, label, part].includes(i) && lines.length > 0 && lines.every((line) => isNumber(line[i]))
      ? [i]
      : [],
  );
  const seen = new Map<string, number>();
  const rows = lines.map((line, i): TableRow => {
    const name = (line[file] ?? '').replaceAll('\\', '/').replace(/^\.\//, '');
    const number = i + 2;
    const before = seen.get(name);
    if (before !== undefined) {
      throw invalid(`${name} stands in lines ${before} and ${number}. Leave one of them.`);
    }
    seen.set(name, number);
    const partName = part < 0 ? '' : (line[part] ?? '');
    const known = partOf(partName);
    if (part >= 0 && !known) {
      throw invalid(`line ${number}: expected train, validation or test, received '${partName}'.`);
    }
    return {
      file: name,
      line: number,
      label: label < 0 ? undefined : line[label] || undefined,
      part: known,
      factors: factors.map((f) => Number(line[f])),
    };
  });
  return { rows, factorNames: factors.map((f) => header[f] as string) };
}

/**
 * Gives pictures what the table says of them.
 *
 * @throws LatentkitError `invalid-data` if the table lacks pictures, or names others
 */
export function applyLabelsTable<E extends PictureEntry>(
  entries: readonly E[],
  { rows }: LabelsTable,
  source: string,
): E[] {
  const byFile = new Map(rows.map((row) => [row.file, row]));
  const missing = entries.filter(({ id }) => !byFile.has(id)).map(({ id }) => id);
  const ids = new Set(entries.map(({ id }) => id));
  const unknown = rows.filter(({ file }) => !ids.has(file)).map(({ file }) => file);
  if (missing.length > 0 || unknown.length > 0) {
    throw new LatentkitError(
      'invalid-data',
      [
        `${source} does not fit the pictures.`,
        ...(missing.length > 0
          ? [`Of ${entries.length} pictures ${missing.length} have no row: ${someNames(missing)}.`]
          : []),
        ...(unknown.length > 0
          ? [`Of ${rows.length} rows ${unknown.length} name no picture: ${someNames(unknown)}.`]
          : []),
        'Complete the table, or take it out of the folder.',
      ].join(' '),
    );
  }
  return entries.map((entry) => {
    const { label, part, factors } = byFile.get(entry.id) as TableRow;
    return { ...entry, label, part, factors };
  });
}
