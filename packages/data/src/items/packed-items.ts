import { closeSync, openSync, readSync } from 'node:fs';
import { ArgumentError, LatentkitError } from '@latentkit/core';
import { checkFloats, checkInteger, checkObject } from '@latentkit/core/runtime';

/** Where packed items lie: in memory that threads share, or in a file. */
export type ItemStore =
  | { readonly kind: 'memory'; readonly bytes: SharedArrayBuffer }
  | { readonly kind: 'file'; readonly path: string; readonly byteOffset: number };

/**
 * Items as they lie in a store, one after the other, and which of them are meant. Plain data: a thread
 * that is sent it reads from the same memory or file.
 */
export interface PackedItems {
  readonly store: ItemStore;
  /** Elements an item. */
  readonly itemSize: number;
  readonly dtype: 'uint8' | 'float32';
  /** value = element · scale + offset */
  readonly scale: number;
  readonly offset: number;
  /** The positions of the items in the store. */
  readonly rows: Uint32Array;
}

/** Values of items one after the other: at hand, or packed in a store. */
export type ItemData = Float32Array | PackedItems;

export function isPacked(data: ItemData): data is PackedItems {
  return !ArrayBuffer.isView(data);
}

/** @throws ArgumentError for what is no part of a data set */
export function checkItems(argument: string, value: unknown): void {
  checkObject(argument, value, 'items with their images and count');
  const { images, count } = value as { readonly images?: unknown; readonly count?: unknown };
  checkInteger(`${argument}.count`, count, 0);
  checkObject(`${argument}.images`, images);
  const packed = isPacked(images as ItemData) && 'store' in (images as object);
  if (!packed) checkFloats(`${argument}.images`, images);
}

/** Elements of one item. */
export function itemSizeOf(split: { images: ItemData; count: number }): number {
  checkItems('split', split);
  const { images, count } = split;
  return isPacked(images) ? images.itemSize : images.length / count;
}

/**
 * The values of the items `from` to `to`, [n × item size]: a view where they are at hand.
 *
 * @throws LatentkitError `invalid-data` where the store was cut or taken away
 */
export function readItems(
  split: { readonly images: ItemData; readonly count: number },
  from = 0,
  to?: number,
): Float32Array {
  const size = itemSizeOf(split);
  const { images, count } = split;
  const end = to ?? count;
  if (!isPacked(images)) return images.subarray(from * size, end * size);
  const into = new Float32Array((end - from) * size);
  gatherPacked(images, images.rows.subarray(from, end), into);
  return into;
}

/**
 * Copies the values of some items, one after the other, to the start of `into`.
 *
 * @throws LatentkitError `invalid-data` where the store was cut or taken away
 */
export function gatherItems(
  split: { readonly images: ItemData; readonly count: number },
  indices: Uint32Array,
  into: Float32Array,
): Float32Array {
  const size = itemSizeOf(split);
  if (!(ArrayBuffer.isView(indices) && 'length' in indices)) {
    throw new ArgumentError('indices', 'a Uint32Array', indices);
  }
  checkFloats('into', into);
  const { images } = split;
  if (isPacked(images)) {
    const { rows } = images;
    gatherPacked(
      images,
      indices.map((index) => rows[index] as number),
      into,
    );
  } else {
    for (let i = 0; i < indices.length; i++) {
      const start = (indices[i] as number) * size;
      into.set(images.subarray(start, start + size), i * size);
    }
  }
  return into.subarray(0, indices.length * size);
}

function gatherPacked(items: PackedItems, rows: Uint32Array, into: Float32Array): void {
  if (items.store.kind === 'memory') {
    const all = elements(items, new Uint8Array(items.store.bytes));
    for (let i = 0; i < rows.length; i++) unpack(items, all, rows[i] as number, into, i);
    return;
  }
  const { path, byteOffset } = items.store;
  const width = items.itemSize * (items.dtype === 'uint8' ? 1 : 4);
  const one = new Uint8Array(new ArrayBuffer(width));
  const values = elements(items, one);
  // Opened for each batch: there is no handle to keep, to share between threads or to forget.
  const file = openStore(path);
  try {
    for (let i = 0; i < rows.length; i++) {
      const at = byteOffset + (rows[i] as number) * width;
      if (readSync(file, one, 0, width, at) !== width) throw cutShort(path);
      unpack(items, values, 0, into, i);
    }
  } finally {
    closeSync(file);
  }
}

function elements({ dtype }: PackedItems, bytes: Uint8Array): Uint8Array | Float32Array {
  return dtype === 'uint8'
    ? bytes
    : new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

function unpack(
  { itemSize, scale, offset }: PackedItems,
  from: Uint8Array | Float32Array,
  row: number,
  into: Float32Array,
  at: number,
): void {
  const start = row * itemSize;
  const to = at * itemSize;
  for (let i = 0; i < itemSize; i++) into[to + i] = (from[start + i] as number) * scale + offset;
}

function openStore(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw new LatentkitError(
      'invalid-data',
      `The items in ${path} can no longer be read: ${(cause as Error).message}. Prepare the data again.`,
      { cause },
    );
  }
}

function cutShort(path: string): LatentkitError {
  return new LatentkitError(
    'invalid-data',
    `${path} was cut short while its items were in use. Prepare the data again.`,
  );
}
