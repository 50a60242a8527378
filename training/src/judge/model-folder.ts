import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type FileCard,
  type GraphName,
  IntegrityError,
  LatentkitError,
  parseCard,
  type WholeCard,
  wholeCard,
} from '@latentkit/core';
import { checkText } from '@latentkit/core/runtime';

/** @throws LatentkitError `not-found`, CardError */
export async function readCard(modelDir: string): Promise<WholeCard> {
  checkText('modelDir', modelDir, 'the path of a model');
  const path = join(modelDir, 'model.json');
  return wholeCard(parseCard(new TextDecoder().decode(await read(path)), path));
}

/**
 * The bytes of one of an exported model's graphs, as the card vouches for them.
 *
 * @throws LatentkitError `not-found`, IntegrityError
 */
export async function readGraph(
  modelDir: string,
  card: WholeCard,
  name: GraphName,
): Promise<Uint8Array> {
  const expected = card.graphs[name]?.files.fp32;
  if (!expected) throw new LatentkitError('not-found', `${card.name} has no graph '${name}'.`);
  return readVerified(modelDir, expected);
}

/**
 * The bytes of a file that a card names, as it vouches for them.
 *
 * @throws LatentkitError `not-found`, IntegrityError
 */
export async function readVerified(
  modelDir: string,
  { file, sha256 }: FileCard,
): Promise<Uint8Array> {
  const bytes = await read(join(modelDir, file));
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest === sha256) return bytes;
  throw new IntegrityError(file, `sha256 ${sha256}`, `sha256 ${digest}`);
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new LatentkitError('not-found', `Cannot read ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}
