import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { utf8Text } from '../utf8-text.ts';
import { type FileEntry, fileSource } from './file-source.ts';
import { applyLabelsTable, parseLabelsTable, TABLE_NAMES } from './labels-table.ts';
import { nameParts } from './name-parts.ts';
import { isPicture, type PictureSource } from './picture-source.ts';
import { walkFolder } from './walk-folder.ts';

export interface FolderOptions {
  /** Which files, by their path within the folder; all pictures by default. */
  readonly wanted?: ((id: string) => boolean) | undefined;
  /** For people; the folder's own name by default. */
  readonly name?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The pictures of a folder and those within it. Labels come from a table in it (`labels.csv`,
 * `metadata.csv`), or else from the names of the sub-folders.
 *
 * @throws LatentkitError `invalid-data` for a table that does not fit the pictures
 */
export async function openFolder(
  folder: string,
  { wanted = isPicture, name = basename(folder), signal }: FolderOptions = {},
): Promise<PictureSource> {
  const walk = await walkFolder(folder, wanted, signal);
  const files = walk.files as readonly FileEntry[];
  for (const tableName of TABLE_NAMES) {
    const path = join(folder, tableName);
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined) continue;
    const table = parseLabelsTable(utf8Text(bytes, path), path);
    const taken = new Set(files.map(({ id }) => id));
    // Of pictures that lie there and are not wanted the table may speak.
    const isLeftOut = (id: string) =>
      !taken.has(id) && isPicture(id) && !wanted(id) && existsSync(join(folder, id));
    const rows = table.rows.filter(({ file }) => !isLeftOut(file));
    return fileSource({
      ...walk,
      // The table is none of the files that are passed over.
      others: walk.others - 1,
      name,
      location: folder,
      entries: nameParts(applyLabelsTable(files, { ...table, rows }, path)) as FileEntry[],
      factorNames: table.factorNames,
    });
  }
  const entries = nameParts(files) as FileEntry[];
  return fileSource({ ...walk, name, location: folder, entries, factorNames: [] });
}
