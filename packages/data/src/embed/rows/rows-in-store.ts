import { setImmediate as nextTurn } from 'node:timers/promises';
import { MAX_FLOAT32, throwIfAborted } from '@latentkit/core/runtime';
import type { VectorStore } from '../../stores/vector-store.ts';
import type { VectorBlock } from '../../vectors/vector-rows.ts';
import type { JournalHead, KnownRow, RowKeeper } from './row-keeper.ts';

/** Rows that are asked for together. */
const TOGETHER = 1024;

/** Keeps rows in a store for good: each batch is there once it is embedded, and nothing has to be put together at the end. */
export class RowsInStore implements RowKeeper {
  readonly #store: VectorStore;
  readonly #known: Map<string, KnownRow>;

  private constructor(store: VectorStore, known: Map<string, KnownRow>) {
    this.#store = store;
    this.#known = known;
  }

  /**
   * Sees which of some items a store has. A row whose vector another program broke counts as none: it is made anew.
   *
   * @param head a row without a score does not count where scores are asked for
   */
  static async open(
    store: VectorStore,
    ids: readonly string[],
    { scored }: JournalHead,
    signal: AbortSignal | undefined,
  ): Promise<RowsInStore> {
    const known = new Map<string, KnownRow>();
    for (let from = 0; from < ids.length; from += TOGETHER) {
      throwIfAborted(signal, 'Embedding');
      // A store may answer without a turn of the event loop.
      await nextTurn();
      const { rows, vectors } = await store.get(ids.slice(from, from + TOGETHER));
      const size = vectors.length / rows.length;
      for (const [i, row] of rows.entries()) {
        if (
          isSound(vectors.subarray(i * size, (i + 1) * size)) &&
          (!scored || row.score !== undefined)
        ) {
          known.set(row.id, { ...row, at: known.size });
        }
      }
    }
    return new RowsInStore(store, known);
  }

  get count(): number {
    return this.#known.size;
  }

  row(id: string): KnownRow | undefined {
    return this.#known.get(id);
  }

  async append(block: VectorBlock): Promise<void> {
    await this.#store.upsert(block);
    for (const row of block.rows) {
      this.#known.set(row.id, { ...row, at: this.#known.get(row.id)?.at ?? this.#known.size });
    }
  }

  async vectorsOf(rows: readonly KnownRow[]): Promise<Float32Array> {
    return (await this.#store.get(rows.map(({ id }) => id))).vectors;
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  async remove(): Promise<void> {
    await this.#store.close();
  }
}

/** Whether a vector can be searched: its numbers are finite, and so is the sum of their squares in single precision. */
function isSound(vector: Float32Array): boolean {
  return vector.reduce((sum, value) => sum + value * value, 0) <= MAX_FLOAT32;
}
