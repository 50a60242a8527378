import { setImmediate as nextTurn } from 'node:timers/promises';
import { createRandom } from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';
import { UMAP } from 'umap-js';
import type { Neighbours } from './neighbours.ts';

export const MIN_DISTANCE = 0.1;
/** As many as umap-learn takes for more than 10,000 rows; twice as many change little that can be seen. */
export const EPOCHS = 200;

/** Neighbours of a row that is placed among the landmarks. */
const PLACED_BY = 5;

/**
 * UMAP (McInnes et al. 2018) of the landmarks, and every other row among them: at the mean of its nearest landmarks,
 * weighted by the inverse of its distance to each.
 *
 * @param vectors [n × size]
 * @param landmarks more than `neighbours.k` rows
 * @returns [n × 2]
 * @throws AbortedError
 */
export async function umap(
  vectors: Float32Array,
  size: number,
  landmarks: Uint32Array,
  neighbours: Neighbours,
  options: {
    readonly seed: number;
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((done: number, total: number) => void) | undefined;
  },
): Promise<Float32Array> {
  const { seed, signal, onProgress } = options;
  const { k, rows, distances } = neighbours;
  const placeOf = new Map(Array.from(landmarks, (row, i) => [row, i]));
  const model = new UMAP({
    nComponents: 2,
    nNeighbors: k + 1,
    minDist: MIN_DISTANCE,
    nEpochs: EPOCHS,
    random: quickRandom(createRandom(seed, 'explorer/umap').integer(2 ** 31)),
  });
  const around = <T>(own: T, get: (at: number) => T) =>
    Array.from(landmarks, (row, i) => [
      own === null ? (i as T) : own,
      ...Array.from({ length: k }, (_, j) => get(row * k + j)),
    ]);
  // UMAP counts a point as the nearest of its own neighbours.
  model.setPrecomputedKNN(
    around<number | null>(null, (at) => placeOf.get(rows[at] as number) as number) as number[][],
    around(0, (at) => distances[at] as number),
  );
  const epochs = model.initializeFit(
    Array.from(landmarks, (row) => Array.from(vectors.subarray(row * size, (row + 1) * size))),
  );
  for (let epoch = 0; epoch < epochs; epoch++) {
    throwIfAborted(signal, 'Projecting');
    model.step();
    onProgress?.(epoch + 1, epochs);
    await nextTurn();
  }
  const found = model.getEmbedding();
  const points = new Float32Array(2 * (vectors.length / size));
  for (const [i, row] of landmarks.entries()) points.set(found[i] as number[], 2 * row);
  for (let row = 0; row < points.length / 2; row++) {
    if (placeOf.has(row)) continue;
    let total = 0;
    for (let j = 0; j < Math.min(k, PLACED_BY); j++) {
      const [x, y] = found[placeOf.get(rows[row * k + j] as number) as number] as [number, number];
      const weight = 1 / Math.max(distances[row * k + j] as number, 1e-12);
      total += weight;
      (points[2 * row] as number) += weight * x;
      (points[2 * row + 1] as number) += weight * y;
    }
    (points[2 * row] as number) /= total;
    (points[2 * row + 1] as number) /= total;
  }
  return points;
}

/**
 * Numbers in [0, 1) by xorshift (Marsaglia 2003, with shifts 13, 17, 5): UMAP draws hundreds of millions, for which
 * nothing better is needed, and the generator of core takes several times as long.
 */
function quickRandom(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
