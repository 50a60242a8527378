/** Items with what is known of them, read together. */
export interface ExplorerBatch {
  /** Different for each item: the path of its file, or a number. */
  readonly ids: readonly string[];
  /** 8-bit pixels or values in the card's layout, one item after the other: what an encoder takes. */
  readonly items: Uint8Array | Float32Array;
  /** The class of each, where all items have one. */
  readonly labels?: readonly string[] | undefined;
  /** [n × factors], a row an item. */
  readonly factors?: Float32Array | undefined;
}

/** Items to be explored. */
export interface ExplorerItems {
  /** What they are called on the page. */
  readonly name: string;
  /** How many there are, as far as is known: for progress. */
  readonly total: number;
  readonly factorNames: readonly string[];
  /** Classes in the order in which they are shown; empty where the items have none. */
  readonly labelNames: readonly string[];
  batches(signal: AbortSignal | undefined): AsyncIterable<ExplorerBatch>;
}
