import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { LatentkitError } from '@latentkit/core';
import * as v from 'valibot';
import { utf8Lines } from '../utf8-text.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const LineSchema = v.object({
  id: v.pipe(v.string(), v.minLength(1)),
  bytes: v.optional(count),
  stamp: v.optional(v.string()),
});

/** An item that a manifest lists: its id in the source; length and stamp where it has to be unchanged since. */
type ListedItem = v.InferOutput<typeof LineSchema>;

/** The items that one part of the work has, by their ids. */
export interface Manifest {
  readonly path: string;
  readonly items: readonly ListedItem[];
  /** SHA-256 of the ids in their order, in hexadecimal: which list it is, wherever its file lies. */
  readonly digest: string;
}

/**
 * Reads a list of items, a line of JSON each: `{"id":"cats/1.png"}`, and if they have to be what they were when they were
 * listed, `bytes` and `stamp` as the rows of a file of vectors have them. Other keys are passed over, so that such
 * rows are a manifest.
 *
 * @throws LatentkitError `not-found`; `invalid-data` for another encoding than UTF-8, a line that lists nothing, an
 *   item twice, or no items
 */
export async function readManifest(path: string): Promise<Manifest> {
  const items: ListedItem[] = [];
  const seen = new Set<string>();
  const digest = createHash('sha256');
  const fault = (why: string) => new LatentkitError('invalid-data', `${path}: ${why}.`);
  let number = 0;
  for await (const line of linesOf(path)) {
    number += 1;
    if (line.trim() === '') continue;
    const item = parseLine(line);
    if (!item) {
      throw fault(
        `line ${number} lists no item; expected such as {"id":"cats/1.png"}, a line each`,
      );
    }
    if (seen.has(item.id)) throw fault(`line ${number} lists '${item.id}' again`);
    seen.add(item.id);
    items.push(item);
    digest.update(`${JSON.stringify(item.id)}\n`);
  }
  if (items.length === 0) throw fault('it lists nothing');
  return { path, items, digest: digest.digest('hex') };
}

async function* linesOf(path: string): AsyncGenerator<string, void, undefined> {
  try {
    yield* utf8Lines(createReadStream(path), path);
  } catch (cause) {
    if (LatentkitError.isInstance(cause)) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new LatentkitError('not-found', `The manifest ${path} cannot be read (${code}).`, {
      cause,
    });
  }
}

function parseLine(line: string): ListedItem | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { success, output } = v.safeParse(LineSchema, value);
  return success ? output : undefined;
}
