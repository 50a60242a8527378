import { LatentkitError } from '@latentkit/core';
import { parse } from 'csv-parse/sync';
import { someNames } from '../some-names.ts';
import { partOf } from './name-parts.ts';
import { idOf, type PictureEntry } from './picture-source.ts';

/** Names of the tables that are looked for among the pictures. */
export const TABLE_NAMES = ['labels.csv', 'metadata.csv', 'labels.tsv'] as const;

/** By rank: where several stand in a table, the first of these counts. */
const FILE_COLUMNS = ['file', 'file_name', 'filename', 'path', 'image', 'id'];
const LABEL_COLUMNS = ['label', 'class', 'category'];
const PART_COLUMNS = ['split', 'part', 'subset'];

export interface TableRow {
  /** As the ids of pictures are. */
  readonly file: string;
  /** Where it begins in the table, from 1. */
  readonly line: number;
  readonly label: string | undefined;
  readonly part: PictureEntry['part'];
  readonly factors: readonly number[];
}

export interface LabelsTable {
  readonly rows: readonly TableRow[];
  /** Columns all of whose values are numbers that float32 holds. */
  readonly factorNames: readonly string[];
}

/** What the parser gives for each row where `raw` is asked for, which its types do not know. */
interface ParsedRow {
  readonly record: string[];
  readonly raw: string;
}

/**
 * Reads a table of pictures: a first line with the names of the columns (`file,label,…`), then a row a
 * picture. Columns that hold only numbers are factors; others are left aside.
 *
 * @throws LatentkitError `invalid-data` for a table that cannot be read, without a column of files, or
 *   with a file, or the name of a column, twice
 */
export function parseLabelsTable(text: string, source: string): LabelsTable {
  const invalid = (fault: string, cause?: unknown) =>
    new LatentkitError('invalid-data', `${source}: ${fault}`, cause ? { cause } : {});
  let parsed: readonly ParsedRow[];
  try {
    const rows: unknown = parse(text, {
      raw: true,
      bom: true,
      trim: true,
      skip_empty_lines: true,
      delimiter: source.endsWith('.tsv') ? '\t' : ',',
    });
    parsed = rows as ParsedRow[];
  } catch (cause) {
    throw invalid(`the table cannot be read: ${(cause as Error).message}.`, cause);
  }
  const [header = [], ...lines] = parsed.map(({ record }) => record);
  const numbers = linesOf(parsed.map(({ raw }) => raw));
  const named = header.filter((name) => name !== '');
  const double = named.find((name, i) => named.indexOf(name) !== i);
  if (double !== undefined) {
    throw invalid(`two columns are called '${double}'. Give each a name of its own.`);
  }
  const names = header.map((name) => name.toLowerCase());
  const column = (known: readonly string[]) =>
    known.map((name) => names.indexOf(name)).find((at) => at >= 0) ?? -1;
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
  const isNumber = (value: string | undefined) =>
    !!value && Number.isFinite(Math.fround(Number(value)));
  const factors = header.flatMap((_, i) =>
    ![file, label, part].includes(i) && lines.length > 0 && lines.every((line) => isNumber(line[i]))
      ? [i]
      : [],
  );
  const seen = new Map<string, number>();
  const rows = lines.map((line, i): TableRow => {
    const name = idOf(line[file] ?? '');
    const number = numbers[i + 1] as number;
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

/** The lines in which rows begin, from 1, by what stands in the file from the end of the row before to the end of theirs. */
function linesOf(rows: readonly string[]): number[] {
  const breaks = (text: string) => text.match(/\r\n|\r|\n/g)?.length ?? 0;
  let before = 0;
  return rows.map((row) => {
    const blank = row.slice(0, row.search(/\S|$/));
    const line = 1 + before + breaks(blank);
    before += breaks(row);
    return line;
  });
}

/**
 * Gives pictures what the table says of them.
 *
 * @throws LatentkitError `invalid-data` if the table lacks pictures or labels of some, or names other pictures
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
  const without = entries
    .map(({ id }) => byFile.get(id) as TableRow)
    .filter(({ label }) => label === undefined)
    .map(({ file, line }) => `${file} (line ${line})`);
  if (without.length > 0 && without.length < entries.length) {
    throw new LatentkitError(
      'invalid-data',
      `${source}: of ${entries.length} pictures ${without.length} have no label: ${someNames(without)}. Give each one, or leave the column out.`,
    );
  }
  return entries.map((entry) => {
    const { label, part, factors } = byFile.get(entry.id) as TableRow;
    return { ...entry, label, part, factors };
  });
}
