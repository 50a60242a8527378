import type { Points } from '../data/load-points.ts';

/** The points whose latents are nearest to one, by Euclidean distance, the nearest first. */
export function nearestLatents(
  { vectors, size, count }: Points,
  z: Float32Array,
  k: number,
  without = -1,
): { readonly index: number; readonly distance: number }[] {
  const best: { index: number; distance: number }[] = [];
  let bound = Number.POSITIVE_INFINITY;
  for (let row = 0; row < count; row++) {
    if (row === without) continue;
    let sum = 0;
    for (let i = 0; i < size && sum < bound; i++) {
      sum += ((vectors[row * size + i] as number) - (z[i] as number)) ** 2;
    }
    if (sum >= bound) continue;
    let at = best.length;
    while (at > 0 && (best[at - 1] as { distance: number }).distance > sum) at -= 1;
    best.splice(at, 0, { index: row, distance: sum });
    if (best.length > k) best.pop();
    if (best.length === k) bound = (best[k - 1] as { distance: number }).distance;
  }
  return best.map(({ index, distance }) => ({ index, distance: Math.sqrt(distance) }));
}
