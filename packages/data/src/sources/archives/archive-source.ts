import { basename } from 'node:path';
import { LatentkitError } from '@latentkit/core';
import { someNames } from '../../some-names.ts';
import { utf8Text } from '../../utf8-text.ts';
import {
  applyLabelsTable,
  type LabelsTable,
  parseLabelsTable,
  TABLE_NAMES,
} from '../labels-table.ts';
import { nameParts } from '../name-parts.ts';
import { type Fault, isPicture, type PictureEntry, type PictureSource } from '../picture-source.ts';

/** A file in an archive. */
export interface ArchiveFile {
  readonly path: string;
  readonly bytes: number;
  readonly stamp: string;
}

/** Larger files in an archive are no pictures of this world: they would be held in memory. */
export const MAX_ARCHIVED_BYTES = 512 * 2 ** 20;

/**
 * A source from the listing of an archive.
 *
 * @param files by their paths, as `idOf` gives them
 * @param readTable gives a file of the archive, for the table of labels
 * @throws LatentkitError `invalid-data` for two pictures of one name, or a table that does not fit
 */
export async function archiveSource(
  location: string,
  files: readonly ArchiveFile[],
  readTable: (file: ArchiveFile) => Promise<Uint8Array>,
  open: (entries: readonly PictureEntry[]) => PictureSource['open'],
): Promise<PictureSource> {
  const visible = files.filter(
    ({ path }) => !path.split('/').some((name) => name.startsWith('.') || name === '__MACOSX'),
  );
  const pictures = visible.filter(({ path }) => isPicture(path));
  const seen = new Set<string>();
  const twice = pictures.filter(({ path }) => seen.size === seen.add(path).size);
  if (twice.length > 0) {
    throw new LatentkitError(
      'invalid-data',
      `${location} holds ${someNames(twice.map(({ path }) => path))} more than once. Pack it anew with a name for each picture.`,
    );
  }
  // What `zip -r photos.zip photos` puts around everything is no label.
  const around = commonFolder(visible.map(({ path }) => path));
  const faults: Fault[] = [];
  const kept: PictureEntry[] = [];
  for (const { path, bytes, stamp } of pictures) {
    const id = path.slice(around.length);
    if (bytes <= MAX_ARCHIVED_BYTES) kept.push({ id, bytes, stamp });
    else faults.push({ id, reason: `it is larger than ${MAX_ARCHIVED_BYTES / 2 ** 20} MiB` });
  }
  let table: LabelsTable | undefined;
  let tableName = '';
  for (const name of TABLE_NAMES) {
    const file = visible.find(({ path }) => path === around + name);
    if (!file || table) continue;
    tableName = `${location}/${file.path}`;
    table = parseLabelsTable(utf8Text(await readTable(file), tableName), tableName);
  }
  const entries = nameParts(table ? applyLabelsTable(kept, table, tableName) : kept);
  const inArchive = entries.map((entry) => ({ ...entry, id: around + entry.id }));
  return {
    name: basename(location).replace(/(\.tar)?\.\w+$/, ''),
    location,
    entries,
    factorNames: table?.factorNames ?? [],
    others: visible.length - pictures.length - (table ? 1 : 0),
    faults,
    open: open(inArchive),
  };
}

/** The one folder, with its `/`, in which all files lie; empty where there is none. */
function commonFolder(paths: readonly string[]): string {
  const first = paths[0]?.split('/')[0] ?? '';
  const all = paths.length > 0 && paths.every((path) => path.startsWith(`${first}/`));
  return all ? `${first}/` : '';
}
