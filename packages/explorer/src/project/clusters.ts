import { createRandom } from '@latentkit/core';
import { kMeans, nearestCentres } from '@latentkit/system';
import { rowsAt } from './landmarks.ts';

const SWEEPS = 50;

/**
 * Groups rows around the centres of the landmarks, by k-means. Groups are numbered by their size, the largest first.
 *
 * @param vectors [n × size]
 * @param count groups; no more than there are landmarks
 * @returns the group of each row, [n]
 */
export function clusterRows(
  vectors: Float32Array,
  size: number,
  landmarks: Uint32Array,
  { count, seed }: { readonly count: number; readonly seed: number },
): Uint8Array {
  const some = rowsAt(vectors, size, landmarks);
  const random = createRandom(seed, 'explorer/clusters');
  const centres = kMeans(some, size, count, { random, iterations: SWEEPS });
  const all = nearestCentres(vectors, size, centres);
  const sizes = new Uint32Array(count);
  for (const group of all) (sizes[group] as number) += 1;
  const order = [...sizes.keys()].sort((a, b) => (sizes[b] as number) - (sizes[a] as number));
  const rank = new Uint8Array(count);
  for (const [i, group] of order.entries()) rank[group] = i;
  return Uint8Array.from(all, (group) => rank[group] as number);
}
