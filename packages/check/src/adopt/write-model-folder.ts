import { readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LatentkitError, type ModelCard, parseCard } from '@latentkit/core';
import {
  checkReplaceable,
  makeFolder,
  temporaryBeside,
  unwritable,
  writeFileWhole,
} from '@latentkit/system';
import { CARD_FILE } from '../model/files.ts';
import { parseRecord, RECORD_FILE } from '../model/record.ts';

/** @throws LatentkitError `unwritable`; ArgumentError for a folder that holds anything but a model */
export function checkModelFolder(folder: string): Promise<void> {
  return checkReplaceable(folder, {
    what: 'model folder',
    earlier: 'an earlier model',
    mark: CARD_FILE,
  });
}

/**
 * Writes a model's files and its card. Of a model that was there before goes what its card and its record name: a graph
 * that the new card does not know would be no part of the new model, and its record would have it fail. Other files
 * stay. Everything is written before the first file is replaced, and while files are, the folder has no card: it
 * is no model then.
 *
 * @throws LatentkitError `unwritable`
 */
export async function writeModelFolder(
  folder: string,
  files: Readonly<Record<string, Uint8Array>>,
  card: ModelCard,
): Promise<void> {
  const staging = temporaryBeside(join(folder, 'model'));
  let undo: (() => Promise<void>) | undefined;
  try {
    undo = await makeFolder(staging);
    for (const [file, bytes] of Object.entries(files)) {
      await writeFileWhole(join(staging, file), bytes);
    }
    await writeFileWhole(join(staging, CARD_FILE), `${JSON.stringify(card, null, 2)}\n`);
    const earlier = await filesOfEarlier(folder);
    await rm(join(folder, CARD_FILE), { force: true });
    for (const file of earlier) await rm(join(folder, file), { force: true });
    for (const file of Object.keys(files)) await rename(join(staging, file), join(folder, file));
    // Last: a folder without a card is no model.
    await rename(join(staging, CARD_FILE), join(folder, CARD_FILE));
  } catch (cause) {
    if (LatentkitError.isInstance(cause)) throw cause;
    throw unwritable(`The model folder ${folder} cannot be written`, cause);
  } finally {
    await rm(staging, { recursive: true, force: true });
    // A folder that was made for the model and holds nothing after all.
    await undo?.();
  }
}

/** Files of the folder that the card of an earlier model and its record name, and the record. */
async function filesOfEarlier(folder: string): Promise<string[]> {
  const card = await read(join(folder, CARD_FILE), (text) => {
    const { graphs, golden, training } = parseCard(text, CARD_FILE);
    const inGraphs = Object.values(graphs).flatMap((graph) => Object.values(graph?.files ?? {}));
    return [...inGraphs, golden, training].flatMap((named) => (named ? [named.file] : []));
  });
  const record = await read(join(folder, RECORD_FILE), (text) => [
    ...Object.keys(parseRecord(text).graphs),
  ]);
  // A card may name a file elsewhere, which is another's.
  return [...card, ...record, RECORD_FILE].filter((file) => basename(file) === file);
}

/** What a file names; of one that is absent or damaged nothing is known. */
async function read(path: string, names: (text: string) => string[]): Promise<string[]> {
  try {
    return names(await readFile(path, 'utf8'));
  } catch {
    return [];
  }
}
