import { LatentkitError } from '@latentkit/core';
import type { StoredItems } from './split-items.ts';

/** Arrays one after the other in shared memory, and the range of their values. */
export function packArrays(
  parts: readonly { readonly values: Uint8Array | Float32Array }[],
): Pick<StoredItems, 'store' | 'dtype' | 'valueRange'> {
  const isBytes = parts.every(({ values }) => values instanceof Uint8Array);
  const width = isBytes ? 1 : 4;
  const size = parts.reduce((sum, { values }) => sum + values.length, 0);
  const bytes = new SharedArrayBuffer(size * width);
  const all = isBytes ? new Uint8Array(bytes) : new Float32Array(bytes);
  let at = 0;
  for (const { values } of parts) {
    all.set(values, at);
    at += values.length;
  }
  const store = { kind: 'memory', bytes } as const;
  if (isBytes) return { store, dtype: 'uint8', valueRange: [0, 1] };
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of all) {
    if (!Number.isFinite(value)) {
      throw new LatentkitError(
        'invalid-data',
        `The arrays hold ${value}; finite values were expected.`,
      );
    }
    if (value < low) low = value;
    if (value > high) high = value;
  }
  // The ranges in which pictures usually come; others as they are found.
  const usual = (
    [
      [0, 1],
      [-1, 1],
      [0, 255],
    ] as const
  ).find(([a, b]) => low >= a && high <= b);
  return { store, dtype: 'float32', valueRange: usual ?? [low, high] };
}
