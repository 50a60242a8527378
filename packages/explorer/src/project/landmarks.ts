import { createRandom } from '@latentkit/core';

/**
 * The rows that stand for all: all of them, or so many drawn without replacement, in ascending order.
 *
 * @param most at least 1
 */
export function chooseLandmarks(count: number, most: number, seed: number): Uint32Array {
  const all = Uint32Array.from({ length: count }, (_, i) => i);
  if (count <= most) return all;
  const random = createRandom(seed, 'explorer/landmarks');
  for (let i = 0; i < most; i++) {
    const j = i + random.integer(count - i);
    const row = all[i] as number;
    all[i] = all[j] as number;
    all[j] = row;
  }
  return all.slice(0, most).sort();
}

/** The rows of a matrix [n × size] that are named, one after the other. */
export function rowsAt(vectors: Float32Array, size: number, rows: Uint32Array): Float32Array {
  const out = new Float32Array(rows.length * size);
  for (const [i, row] of rows.entries()) {
    out.set(vectors.subarray(row * size, (row + 1) * size), i * size);
  }
  return out;
}
