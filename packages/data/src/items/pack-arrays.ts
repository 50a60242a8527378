import { LatentkitError } from '@latentkit/core';
import type { StoredItems } from './split-items.ts';

/** Items one after the other, and what they are called in messages. */
export interface SourcedValues {
  readonly source: string;
  /** NumPy's name of the type in which they were stored. */
  readonly type: string;
  readonly values: Uint8Array | Float32Array;
}

/**
 * Arrays one after the other in shared memory, and the range of their values.
 *
 * @throws LatentkitError `invalid-data` for arrays whose types leave open how the values of one compare with those of
 *   another, and for a value that is not finite
 */
export function packArrays(
  parts: readonly SourcedValues[],
  itemSize: number,
): Pick<StoredItems, 'store' | 'dtype' | 'valueRange'> {
  checkTypes(parts);
  const isBytes = parts.every(({ values }) => values instanceof Uint8Array);
  const width = isBytes ? 1 : 4;
  const size = parts.reduce((sum, { values }) => sum + values.length, 0);
  const bytes = new SharedArrayBuffer(size * width);
  const all = isBytes ? new Uint8Array(bytes) : new Float32Array(bytes);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let at = 0;
  for (const { source, values } of parts) {
    all.set(values, at);
    at += values.length;
    if (isBytes) continue;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (!Number.isFinite(value)) {
        const item = Math.floor(i / itemSize);
        throw new LatentkitError(
          'invalid-data',
          `${source}: item ${item} holds ${value} (its value ${i % itemSize}, from 0); finite values were expected. Replace it, or leave the item out.`,
        );
      }
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  const store = { kind: 'memory', bytes } as const;
  if (isBytes) return { store, dtype: 'uint8', valueRange: [0, 1] };
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

/** Bytes are pixels of 0 to 255, floats what they are, and wider integers either: put together, one would be a fraction of the other. */
function checkTypes(parts: readonly SourcedValues[]): void {
  const [first] = parts;
  const other = parts.find(({ type }) => first && kindOf(type) !== kindOf(first.type));
  if (!first || !other) return;
  throw new LatentkitError(
    'invalid-data',
    `${first.source} is of type ${first.type}, and ${other.source} of type ${other.type}: how their values compare is not said. Save both in one type and range, such as uint8 of 0 to 255.`,
  );
}

function kindOf(type: string): 'bytes' | 'floats' | 'integers' {
  if (type === 'uint8' || type === 'bool') return 'bytes';
  return type.startsWith('float') ? 'floats' : 'integers';
}
