import type { VectorBlock } from '../../vectors/vector-rows.ts';
import type { KnownRow, RowKeeper } from './row-keeper.ts';

/** Keeps rows for one run: of a part that is small, and embedded again whole if its process ends. */
export class RowsInMemory implements RowKeeper {
  readonly #size: number;
  readonly #known = new Map<string, KnownRow>();
  readonly #vectors: Float32Array[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  get count(): number {
    return this.#vectors.length;
  }

  row(id: string): KnownRow | undefined {
    return this.#known.get(id);
  }

  async append({ rows, vectors }: VectorBlock): Promise<void> {
    for (const [i, row] of rows.entries()) {
      this.#known.set(row.id, { ...row, at: this.#vectors.length });
      this.#vectors.push(vectors.slice(i * this.#size, (i + 1) * this.#size));
    }
  }

  async vectorsOf(rows: readonly KnownRow[]): Promise<Float32Array> {
    const vectors = new Float32Array(rows.length * this.#size);
    for (const [i, { at }] of rows.entries()) {
      vectors.set(this.#vectors[at] as Float32Array, i * this.#size);
    }
    return vectors;
  }

  async close(): Promise<void> {}

  async remove(): Promise<void> {}
}
