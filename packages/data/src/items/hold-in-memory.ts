import { open, stat } from 'node:fs/promises';
import { LatentkitError } from '@latentkit/core';
import type { ItemStore } from './packed-items.ts';

/** Bytes of items that are held in memory unless more is allowed: 1 GiB. */
export const DEFAULT_MEMORY = 2 ** 30;
const PIECE = 16 * 2 ** 20;

/** A store of prepared items: in memory that threads share where they fit, or where they lie. */
export async function openStore(path: string, memory = DEFAULT_MEMORY): Promise<ItemStore> {
  const { size } = await stat(path);
  if (size > memory) return { kind: 'file', path, byteOffset: 0 };
  const bytes = new SharedArrayBuffer(size);
  const all = new Uint8Array(bytes);
  const file = await open(path);
  try {
    // Read by way of a piece: not every version of Node reads into shared memory.
    const piece = Buffer.alloc(Math.min(PIECE, size));
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) {
        throw new LatentkitError('invalid-data', `${path} was cut short. Prepare the data again.`);
      }
      all.set(piece.subarray(0, bytesRead), at);
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
  return { kind: 'memory', bytes };
}
