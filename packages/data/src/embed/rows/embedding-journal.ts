import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LatentkitError } from '@latentkit/core';
import { makeFolder, seal, takeLock, unseal, unwritable, writeFileWhole } from '@latentkit/system';
import { rowOf } from '../../vectors/read-vectors.ts';
import type { VectorBlock, VectorRow } from '../../vectors/vector-rows.ts';
import type { JournalHead, KnownRow, RowKeeper } from './row-keeper.ts';

const FLOAT = Float32Array.BYTES_PER_ELEMENT;

/**
 * The rows that are embedded already, in a folder beside the output. A row counts once its line is whole and
 * its vector is there: whatever the moment of a kill, what counted before counts again. A line holds the check of
 * itself and of its vector: from the first that is not what was written on, rows are embedded anew.
 */
export class EmbeddingJournal implements RowKeeper {
  readonly #folder: string;
  readonly #size: number;
  readonly #lines: FileHandle;
  readonly #vectors: FileHandle;
  readonly #release: () => Promise<void>;
  readonly #known: Map<string, KnownRow>;
  #count: number;

  private constructor(
    folder: string,
    size: number,
    [lines, vectors]: readonly [FileHandle, FileHandle],
    { known, count }: WholeLines,
    release: () => Promise<void>,
  ) {
    this.#folder = folder;
    this.#size = size;
    this.#lines = lines;
    this.#vectors = vectors;
    this.#known = known;
    this.#count = count;
    this.#release = release;
  }

  /**
   * Opens the journal in a folder, or begins one; what stands there for another head is removed.
   *
   * @throws LatentkitError `in-use` while another process works with it; `unwritable`
   */
  static async open(folder: string, head: JournalHead): Promise<EmbeddingJournal> {
    let release: (() => Promise<void>) | undefined;
    try {
      await makeFolder(folder);
      const lock = await takeLock(join(folder, 'lock'));
      if (lock.heldBy) {
        throw new LatentkitError(
          'in-use',
          `Another process is embedding into ${folder}. Wait for it, or write to another file.`,
        );
      }
      ({ release } = lock);
      const paths = pathsIn(folder);
      const text = `${seal({ format: 2, ...head })}\n`;
      if ((await readFile(paths.head, 'utf8').catch(() => '')) !== text) {
        for (const path of Object.values(paths)) await rm(path, { force: true });
        await writeFileWhole(paths.head, text);
      }
      const lines = await open(paths.lines, 'a+');
      const vectors = await open(paths.vectors, 'a+');
      const { size: bytes } = await vectors.stat();
      const width = head.size * FLOAT;
      const whole = await wholeLines(paths, width, Math.floor(bytes / width));
      // What a kill left behind the last row that counted.
      await lines.truncate(whole.length);
      await vectors.truncate(whole.count * width);
      return new EmbeddingJournal(folder, head.size, [lines, vectors], whole, release);
    } catch (cause) {
      await release?.();
      if (LatentkitError.isInstance(cause)) throw cause;
      throw unwritable(`What is embedded cannot be kept in ${folder}`, cause);
    }
  }

  /** The last row of an id. */
  row(id: string): KnownRow | undefined {
    return this.#known.get(id);
  }

  /** Rows in all, those included that later ones took the place of. */
  get count(): number {
    return this.#count;
  }

  /** @throws LatentkitError `unwritable` */
  async append({ rows, vectors }: VectorBlock): Promise<void> {
    try {
      const bytes = new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength);
      await this.#vectors.appendFile(bytes);
      const width = this.#size * FLOAT;
      const lines = rows.map(
        (row, i) => `${sealRow(row, bytes.subarray(i * width, (i + 1) * width))}\n`,
      );
      await this.#lines.appendFile(lines.join(''));
    } catch (cause) {
      throw unwritable(`Could not write to ${this.#folder}`, cause);
    }
    for (const row of rows) {
      this.#known.set(row.id, { ...row, at: this.#count });
      this.#count += 1;
    }
  }

  /** The vectors of some rows, [rows × size]; rows that follow each other are read in one go. */
  async vectorsOf(rows: readonly KnownRow[]): Promise<Float32Array> {
    const size = this.#size;
    const vectors = new Float32Array(rows.length * size);
    const bytes = new Uint8Array(vectors.buffer);
    for (let from = 0; from < rows.length; ) {
      const { at } = rows[from] as KnownRow;
      let to = from + 1;
      while (to < rows.length && rows[to]?.at === at + to - from) to += 1;
      const length = (to - from) * size * FLOAT;
      const start = from * size * FLOAT;
      const { bytesRead } = await this.#vectors.read(bytes, start, length, at * size * FLOAT);
      if (bytesRead !== length) {
        throw new LatentkitError(
          'invalid-data',
          `${this.#folder} was cut short while it was in use. Embed the files again.`,
        );
      }
      from = to;
    }
    return vectors;
  }

  /** Leaves it for the next run. */
  async close(): Promise<void> {
    await Promise.all([this.#lines.close(), this.#vectors.close()]);
    await this.#release();
  }

  /** Closes it, and takes it away. */
  async remove(): Promise<void> {
    await Promise.all([this.#lines.close(), this.#vectors.close()]);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function pathsIn(folder: string) {
  return {
    head: join(folder, 'head.json'),
    lines: join(folder, 'rows.jsonl'),
    vectors: join(folder, 'vectors.f32'),
  };
}

interface WholeLines {
  readonly known: Map<string, KnownRow>;
  readonly count: number;
  /** Bytes of the lines. */
  readonly length: number;
}

/** A row as a line that tells damage to itself, and to its vector. */
function sealRow({ id, sha256, bytes, stamp, score }: VectorRow, vector: Uint8Array): string {
  return seal({ id, sha256, bytes, stamp, score, vector: checkOf(vector) });
}

/** 64 bits: against damage, not against forgery. */
function checkOf(vector: Uint8Array): string {
  return createHash('sha256').update(vector).digest('hex').slice(0, 16);
}

/** The lines that are whole, of the first `most`, and whose vectors of `width` bytes are there, as they were. */
async function wholeLines(
  paths: ReturnType<typeof pathsIn>,
  width: number,
  most: number,
): Promise<WholeLines> {
  const known = new Map<string, KnownRow>();
  let [count, length] = [0, 0];
  const { size } = await stat(paths.lines);
  const vectors = await open(paths.vectors);
  const vector = new Uint8Array(width);
  const input = createReadStream(paths.lines);
  // The last thing before its lines are asked for: what comes, and the end too, would pass unheard meanwhile.
  const lines = createInterface({ input });
  try {
    for await (const line of lines) {
      const end = length + Buffer.byteLength(line) + 1;
      const { vector: check, ...rest } = unseal(line) ?? {};
      const row = rowOf(rest);
      // The last line of a file that was cut lacks its end.
      if (!row || end > size || count === most) break;
      await vectors.read(vector, 0, width, count * width);
      if (checkOf(vector) !== check) break;
      known.set(row.id, { ...row, at: count });
      count += 1;
      length = end;
    }
  } finally {
    lines.close();
    input.destroy();
    await vectors.close();
  }
  return { known, count, length };
}
