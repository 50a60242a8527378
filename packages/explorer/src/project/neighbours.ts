import { setImmediate as nextTurn } from 'node:timers/promises';
import { throwIfAborted } from '@latentkit/core/runtime';
import { VectorIndex } from '@latentkit/data';
import { rowsAt } from './landmarks.ts';

/** The nearest landmarks of every row. */
export interface Neighbours {
  readonly k: number;
  /** [n × k] Rows, the nearest first; never the row itself. */
  readonly rows: Int32Array;
  /** [n × k] Euclidean distances. */
  readonly distances: Float32Array;
}

/**
 * Finds the k nearest landmarks of every row, exactly.
 *
 * @param vectors [n × size]
 * @param landmarks rows that may be neighbours, more than k
 * @throws AbortedError
 */
export async function nearestLandmarks(
  vectors: Float32Array,
  size: number,
  landmarks: Uint32Array,
  options: {
    readonly k: number;
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((done: number, total: number) => void) | undefined;
  },
): Promise<Neighbours> {
  const n = vectors.length / size;
  const { k, signal, onProgress } = options;
  const index = new VectorIndex(rowsAt(vectors, size, landmarks), size);
  const rows = new Int32Array(n * k);
  const distances = new Float32Array(n * k);
  for (let row = 0; row < n; row++) {
    const query = vectors.subarray(row * size, (row + 1) * size);
    const found = await index.nearest(query, { k: k + 1, metric: 'euclidean', signal });
    const others = found.filter(({ index }) => landmarks[index] !== row).slice(0, k);
    for (const [i, { index, distance }] of others.entries()) {
      rows[row * k + i] = landmarks[index] as number;
      distances[row * k + i] = distance;
    }
    if (row % 256 === 0) {
      throwIfAborted(signal, 'Looking for neighbours');
      onProgress?.(row, n);
      await nextTurn();
    }
  }
  return { k, rows, distances };
}
