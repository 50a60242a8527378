import { createHash } from 'node:crypto';
import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, unwritable } from '@latentkit/system';

/** Bytes of the hash that stands for an id: two of 10^9 are the same once in 10^20 times. */
const HASH = 16;
/** A hash, and the number of the file that holds the id. */
const RECORD = HASH + 4;
/** Records in memory before they go to files. */
const HELD = 2 ** 20;
/** Files among which they are shared out, by the first bits of the hash: each is looked through in memory. */
const BUCKETS = 256;

/** Two files that hold the same id, and its hash. */
export interface Doubled {
  readonly hash: string;
  readonly holders: readonly [number, number];
}

/**
 * Finds ids that come twice among more than memory holds: hashes of them, kept in memory up to a million, and beyond that
 * in a folder, 20 bytes each.
 */
export class IdLedger {
  readonly #folder: string;
  readonly #limit: number;
  #held = Buffer.alloc(RECORD * 1024);
  #count = 0;
  #spilled = false;

  /** @param folder which is made when it is needed, and removed by {@link IdLedger.remove} */
  constructor(folder: string, limit = HELD) {
    this.#folder = folder;
    this.#limit = limit;
  }

  /**
   * @param holder number of the file that holds the id
   * @throws LatentkitError `unwritable`
   */
  async add(ids: Iterable<string>, holder: number): Promise<void> {
    for (const id of ids) {
      const at = this.#count * RECORD;
      if (at === this.#held.length) this.#held = Buffer.concat([this.#held, Buffer.alloc(at)]);
      digestOf(id).copy(this.#held, at, 0, HASH);
      this.#held.writeUInt32LE(holder, at + HASH);
      this.#count += 1;
      if (this.#count === this.#limit) await this.#spill();
    }
  }

  async #spill(): Promise<void> {
    const buckets: Buffer[][] = Array.from({ length: BUCKETS }, () => []);
    for (let i = 0; i < this.#count; i++) {
      const record = this.#held.subarray(i * RECORD, (i + 1) * RECORD);
      buckets[record[0] as number]?.push(record);
    }
    try {
      await makeFolder(this.#folder);
      for (const [bucket, records] of buckets.entries()) {
        await appendFile(this.#pathOf(bucket), Buffer.concat(records));
      }
    } catch (cause) {
      throw unwritable(`Could not write to ${this.#folder}`, cause);
    }
    this.#count = 0;
    this.#spilled = true;
  }

  #pathOf(bucket: number): string {
    return join(this.#folder, `${bucket}`);
  }

  /** The ids that were added twice, at most so many. */
  async doubled(most: number): Promise<Doubled[]> {
    if (!this.#spilled) return doubledIn(this.#held.subarray(0, this.#count * RECORD), most);
    if (this.#count > 0) await this.#spill();
    const found: Doubled[] = [];
    for (let bucket = 0; bucket < BUCKETS && found.length < most; bucket++) {
      const records = await readFile(this.#pathOf(bucket));
      found.push(...doubledIn(records, most - found.length));
    }
    return found;
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** What stands for an id. */
export function hashOf(id: string): string {
  return digestOf(id).toString('hex', 0, HASH);
}

const digestOf = (id: string): Buffer => createHash('sha256').update(id).digest();

function doubledIn(records: Buffer, most: number): Doubled[] {
  const found: Doubled[] = [];
  const holders = new Map<string, number>();
  for (let at = 0; at < records.length && found.length < most; at += RECORD) {
    const hash = records.toString('hex', at, at + HASH);
    const holder = records.readUInt32LE(at + HASH);
    const other = holders.get(hash);
    if (other === undefined) holders.set(hash, holder);
    else found.push({ hash, holders: [other, holder] });
  }
  return found;
}
