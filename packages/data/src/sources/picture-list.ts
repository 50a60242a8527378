import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { LatentkitError } from '@latentkit/core';
import { someNames } from '../some-names.ts';
import { utf8Text } from '../utf8-text.ts';
import { type FileEntry, fileSource } from './file-source.ts';
import { applyLabelsTable, parseLabelsTable } from './labels-table.ts';
import { nameParts } from './name-parts.ts';
import { type Fault, idOf, type PictureSource } from './picture-source.ts';

/**
 * The pictures that a file lists: a line each in a `.txt`, a row each in a `.csv` or `.tsv`
 * (`file,label,…`). Paths are relative to the list.
 *
 * @throws LatentkitError `invalid-data` for a file twice, another encoding than UTF-8, or a table that cannot be read
 */
export async function openList(list: string): Promise<PictureSource> {
  const text = utf8Text(await readFile(list), list);
  const table = /\.(csv|tsv)$/i.test(list) ? parseLabelsTable(text, list) : undefined;
  const names =
    table?.rows.map(({ file }) => file) ??
    text
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map(idOf);
  const seen = new Set<string>();
  const twice = names.filter((name) => seen.size === seen.add(resolve(dirname(list), name)).size);
  if (twice.length > 0) {
    throw new LatentkitError(
      'invalid-data',
      `${list} names ${someNames([...new Set(twice)])} more than once. Leave one line for each picture.`,
    );
  }
  const entries: FileEntry[] = [];
  const faults: Fault[] = [];
  for (const id of names) {
    const path = resolve(dirname(list), id);
    try {
      const { size, mtimeMs } = await stat(path);
      entries.push({ id, path, bytes: size, stamp: String(mtimeMs) });
    } catch (cause) {
      faults.push({ id, reason: `it cannot be opened (${(cause as NodeJS.ErrnoException).code})` });
    }
  }
  const parts = { name: basename(list).replace(/\.\w+$/, ''), location: list, others: 0, faults };
  if (!table) {
    return fileSource({ ...parts, entries: nameParts(entries) as FileEntry[], factorNames: [] });
  }
  const present = new Set(entries.map(({ id }) => id));
  const rows = table.rows.filter(({ file }) => present.has(file));
  return fileSource({
    ...parts,
    entries: applyLabelsTable(entries, { ...table, rows }, list),
    factorNames: table.factorNames,
  });
}
