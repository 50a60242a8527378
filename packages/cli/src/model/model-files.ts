import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  ArgumentError,
  type FileCard,
  type GraphCard,
  LatentkitError,
  type ModelCard,
  parseCard,
} from '@latentkit/core';
import { needFiles } from './model-address.ts';

/** One file that a card names, and whether it is the file that the card describes. */
export interface CheckedFile extends FileCard {
  /** What the file is for: `'encoder fp32'`, `'golden'`. */
  readonly role: string;
  readonly ok: boolean;
  /** What is wrong with it; absent when it is whole. */
  readonly fault?: string;
}

/**
 * Reads the card of a model folder.
 *
 * @throws ArgumentError for a URL, for a path of the card itself, and for any other file; LatentkitError `not-found`; CardError
 */
export async function readCard(folder: string): Promise<ModelCard> {
  needFiles(folder);
  if (basename(folder) === 'model.json') {
    throw new ArgumentError('model', `the folder of this card, '${dirname(folder)}'`, folder);
  }
  if ((await stat(folder).catch(() => undefined))?.isFile()) {
    throw new ArgumentError(
      'model',
      "the folder of a model, which 'latentkit export' wrote",
      `${folder}, a file`,
    );
  }
  const path = join(folder, 'model.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new LatentkitError(
      'not-found',
      `${folder} is not a model: ${path} could not be read (${(cause as Error).message}). ` +
        "Name a folder that 'latentkit export' wrote.",
      { cause },
    );
  }
  return parseCard(text, path);
}

/** The graphs of a card, by their part in the model. */
export function graphsOf(card: ModelCard): [string, GraphCard][] {
  return Object.entries(card.graphs).filter((entry): entry is [string, GraphCard] => !!entry[1]);
}

/** Compares every file that the card names with the length and SHA-256 that it states. */
export function checkFiles(folder: string, card: ModelCard): Promise<CheckedFile[]> {
  const files = graphsOf(card).flatMap(([graph, { files }]) =>
    Object.entries(files).flatMap(([precision, file]) =>
      file ? [{ role: `${graph} ${precision}`, file }] : [],
    ),
  );
  if (card.golden) files.push({ role: 'golden', file: card.golden });
  if (card.training) files.push({ role: 'training', file: card.training });
  if (card.pseudoInputs) files.push({ role: 'pseudo-inputs', file: card.pseudoInputs });
  return Promise.all(
    files.map(async ({ role, file }) => {
      const fault = await faultOf(join(folder, file.file), file);
      return { role, ...file, ok: fault === undefined, ...(fault === undefined ? {} : { fault }) };
    }),
  );
}

async function faultOf(path: string, expected: FileCard): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size !== expected.bytes) return `holds ${size} bytes instead of ${expected.bytes}`;
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    return hash.digest('hex') === expected.sha256 ? undefined : 'altered: its SHA-256 is another';
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'missing' : `unreadable (${message})`;
  }
}
