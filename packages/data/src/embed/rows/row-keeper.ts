import type { VectorBlock, VectorInfo, VectorRow } from '../../vectors/vector-rows.ts';

/** What the rows of a journal have in common: rows of another head are of no use. */
export interface JournalHead extends VectorInfo {
  readonly scored: boolean;
}

/** A row, and where its vector stands among those that are kept. */
export interface KnownRow extends VectorRow {
  readonly at: number;
}

/** Keeps the rows that are embedded until all are there. */
export interface RowKeeper {
  /** Rows in all, those included that later ones took the place of. */
  readonly count: number;
  /** The last row of an id. */
  row(id: string): KnownRow | undefined;
  /** @throws LatentkitError `unwritable` */
  append(block: VectorBlock): Promise<void>;
  /** The vectors of some rows, [rows × size]. */
  vectorsOf(rows: readonly KnownRow[]): Promise<Float32Array>;
  /** Leaves what is kept for the next run, where that is possible. */
  close(): Promise<void>;
  /** Lets what is kept go. */
  remove(): Promise<void>;
}
