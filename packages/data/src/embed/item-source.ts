import type { ModelCard } from '@latentkit/core';
import type { Fault } from '../sources/picture-source.ts';
import type { PlannedShard } from './shard.ts';

/** What is known of an item before it is read. */
export interface ItemEntry {
  readonly id: string;
  readonly bytes: number;
  /** Changes with the contents. */
  readonly stamp: string;
  /** Its class, where the source says so. */
  readonly label?: string | undefined;
}

/** An item as a model takes it. */
export interface ReadItem {
  /** Position in `entries`. */
  readonly index: number;
  /** Of the contents that it was made from, in hexadecimal. */
  readonly sha256: string;
  /** 8-bit pixels or values in the order of the card's layout; undefined where the contents are known. */
  readonly values: Uint8Array | Float32Array | undefined;
}

export type BadItem = Fault & { readonly index: number };

export interface ReadItemsOptions {
  /** Whether an entry is to be read. */
  readonly wanted: (index: number) => boolean;
  /** The digest of an entry's contents when they were seen last: what equals it is not decoded. */
  readonly knownSha256: (index: number) => string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Items of pictures or arrays: listed at once, read one after the other. */
export interface ItemSource {
  readonly location: string;
  readonly entries: readonly ItemEntry[];
  /** What could not be listed. */
  readonly faults: readonly Fault[];
  /** Where they are a part of a greater source, which one. */
  readonly part?: PlannedShard | undefined;
  /** The wanted items in the order of `entries`; one that fails on its own is given as bad. */
  read(card: ModelCard, options: ReadItemsOptions): AsyncIterable<ReadItem | BadItem>;
}
