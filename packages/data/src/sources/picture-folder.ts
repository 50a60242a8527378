import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
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
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const table = parseLabelsTable(text, path);
    return fileSource({
      ...walk,
      name,
      location: folder,
      entries: nameParts(applyLabelsTable(files, table, path)) as FileEntry[],
      factorNames: table.factorNames,
    });
  }
  const entries = nameParts(files) as FileEntry[];
  return fileSource({ ...walk, name, location: folder, entries, factorNames: [] });
}
