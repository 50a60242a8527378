import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, seal, unseal, unwritable, writeFileWhole } from '@latentkit/system';
import * as v from 'valibot';
import type { Fault } from '../sources/picture-source.ts';

/** What a preparation is known by afterwards. */
const SummarySchema = v.object({
  total: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  itemSize: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  bad: v.array(v.object({ index: v.number(), id: v.string(), reason: v.string() })),
  /** Of the packed bytes. */
  sha256: v.string(),
});
export type Summary = v.InferOutput<typeof SummarySchema>;

/** One chunk that is on the disk: how many pictures are behind, and which of them were bad. */
const LineSchema = v.object({
  done: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  bad: v.array(v.object({ index: v.number(), id: v.string(), reason: v.string() })),
  /** SHA-256 of the rows of the chunk. */
  sha256: v.string(),
});

export type BadPicture = Fault & { readonly index: number };

export interface JournalPaths {
  readonly items: string;
  readonly summary: string;
  readonly partItems: string;
  readonly partLines: string;
}

export function journalPaths(folder: string, key: string): JournalPaths {
  return {
    items: join(folder, `${key}.bin`),
    summary: join(folder, `${key}.json`),
    partItems: join(folder, `${key}.part.bin`),
    partLines: join(folder, `${key}.part.jsonl`),
  };
}

/**
 * The summary of a whole preparation, or undefined where there is none, or where it or the items are not
 * what was written.
 */
export async function readSummary(paths: JournalPaths): Promise<Summary | undefined> {
  try {
    const { output, success } = v.safeParse(
      SummarySchema,
      unseal(await readFile(paths.summary, 'utf8')),
    );
    if (!success) return undefined;
    const items = await open(paths.items);
    try {
      const { size } = await items.stat();
      const fits = size === (output.total - output.bad.length) * output.itemSize;
      return fits && (await sha256Of(items, 0, size)) === output.sha256 ? output : undefined;
    } finally {
      await items.close();
    }
  } catch {
    return undefined;
  }
}

/**
 * Where the packed items of a preparation are written, chunk after chunk. A chunk counts once its line
 * stands in the journal: whatever the moment of a kill, what counted before counts again.
 */
export class Journal {
  readonly bad: BadPicture[];
  #done: number;
  readonly #paths: JournalPaths;
  readonly #items: FileHandle;
  readonly #lines: FileHandle;
  readonly #itemSize: number;

  private constructor(
    paths: JournalPaths,
    itemSize: number,
    [items, lines]: readonly [FileHandle, FileHandle],
    done: number,
    bad: BadPicture[],
  ) {
    this.#paths = paths;
    this.#itemSize = itemSize;
    this.#items = items;
    this.#lines = lines;
    this.#done = done;
    this.bad = bad;
  }

  /**
   * Opens the journal of a preparation that was begun, or begins one.
   *
   * @throws LatentkitError `unwritable`
   */
  static async open(folder: string, paths: JournalPaths, itemSize: number): Promise<Journal> {
    try {
      await makeFolder(folder);
      const lines = await open(paths.partLines, 'a+');
      const items = await open(paths.partItems, 'a+').then(async (file) => {
        await file.close();
        return open(paths.partItems, 'r+');
      });
      const { done, bad, length } = await soundChunks(
        await readFile(paths.partLines),
        items,
        itemSize,
      );
      // What a kill left behind the last chunk that counted.
      await lines.truncate(length);
      await items.truncate((done - bad.length) * itemSize);
      return new Journal(paths, itemSize, [items, lines], done, bad);
    } catch (cause) {
      throw unwritable(`The prepared data cannot be kept in ${folder}`, cause);
    }
  }

  /** Pictures behind, bad ones included. */
  get done(): number {
    return this.#done;
  }

  /**
   * Adds the next chunk.
   *
   * @param rows the packed items of those that are not bad
   */
  async append(count: number, rows: Uint8Array, bad: readonly BadPicture[]): Promise<void> {
    try {
      await writeAll(this.#items, rows, (this.#done - this.bad.length) * this.#itemSize);
      const sha256 = createHash('sha256').update(rows).digest('hex');
      await this.#lines.appendFile(`${seal({ done: this.#done + count, bad, sha256 })}\n`);
    } catch (cause) {
      throw unwritable(`Could not write ${this.#paths.partItems}`, cause);
    }
    this.#done += count;
    this.bad.push(...bad);
  }

  /**
   * Puts the whole under its name. The summary goes first: after a kill between the two the chunks still count, and a
   * summary without the items that it tells of is not trusted.
   */
  async finish(): Promise<Summary> {
    const { items, summary, partItems, partLines } = this.#paths;
    const written: Summary = {
      total: this.#done,
      itemSize: this.#itemSize,
      bad: this.bad,
      sha256: await sha256Of(this.#items, 0, (await this.#items.stat()).size),
    };
    try {
      await this.#items.sync();
      await writeFileWhole(summary, `${seal(written)}\n`);
      await rename(partItems, items);
      await rm(partLines, { force: true });
    } catch (cause) {
      throw unwritable(`Could not write ${items}`, cause);
    }
    return written;
  }

  async close(): Promise<void> {
    await Promise.all([this.#items.close(), this.#lines.close()]);
  }
}

/** The chunks that are told whole, follow each other, and whose items are what was written. */
async function soundChunks(journal: Buffer, items: FileHandle, itemSize: number) {
  const bad: BadPicture[] = [];
  let [done, length] = [0, 0];
  for (;;) {
    const end = journal.indexOf(10, length);
    if (end < 0) break;
    const line = v.safeParse(LineSchema, unseal(journal.toString('utf8', length, end)));
    if (!line.success || line.output.done <= done) break;
    const from = (done - bad.length) * itemSize;
    const to = (line.output.done - bad.length - line.output.bad.length) * itemSize;
    if (to < from) break;
    if ((await sha256Of(items, from, to)) !== line.output.sha256) break;
    ({ done } = line.output);
    bad.push(...line.output.bad);
    length = end + 1;
  }
  return { done, bad, length };
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}

const PIECE = 4 * 2 ** 20;

/** Of the bytes from `from` up to `to`, or to the end of the file where it is shorter. */
async function sha256Of(file: FileHandle, from: number, to: number): Promise<string> {
  const hash = createHash('sha256');
  const piece = Buffer.alloc(Math.min(PIECE, to - from));
  for (let at = from; at < to; ) {
    const { bytesRead } = await file.read(piece, 0, Math.min(PIECE, to - at), at);
    if (bytesRead === 0) break;
    hash.update(piece.subarray(0, bytesRead));
    at += bytesRead;
  }
  return hash.digest('hex');
}
