import { createRandom, type Random } from '@latentkit/core';
import { rowsAt } from './landmarks.ts';

const SWEEPS = 50;

/**
 * Groups rows around centres, by Lloyd's algorithm (1982) on the landmarks from centres that are far apart
 * (k-means++, Arthur & Vassilvitskii 2007). Groups are numbered by their size, the largest first.
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
  const centres = farApart(some, size, count, createRandom(seed, 'explorer/clusters'));
  let groups = assign(some, size, centres);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    moveCentres(some, size, groups, centres);
    const next = assign(some, size, centres);
    const same = next.every((group, i) => group === groups[i]);
    groups = next;
    if (same) break;
  }
  const all = assign(vectors, size, centres);
  const sizes = new Uint32Array(count);
  for (const group of all) (sizes[group] as number) += 1;
  const order = [...sizes.keys()].sort((a, b) => (sizes[b] as number) - (sizes[a] as number));
  const rank = new Uint8Array(count);
  for (const [i, group] of order.entries()) rank[group] = i;
  return all.map((group) => rank[group] as number);
}

function moveCentres(
  rows: Float32Array,
  size: number,
  groups: Uint8Array,
  centres: Float64Array,
): void {
  const counts = new Uint32Array(centres.length / size);
  const sums = new Float64Array(centres.length);
  for (const [row, group] of groups.entries()) {
    (counts[group] as number) += 1;
    for (let i = 0; i < size; i++) {
      (sums[group * size + i] as number) += rows[row * size + i] as number;
    }
  }
  // A centre that lost all its rows stays where it was.
  for (let i = 0; i < centres.length; i++) {
    const n = counts[Math.floor(i / size)] as number;
    if (n > 0) centres[i] = (sums[i] as number) / n;
  }
}

function assign(rows: Float32Array, size: number, centres: Float64Array): Uint8Array {
  const out = new Uint8Array(rows.length / size);
  for (let row = 0; row < out.length; row++) {
    let best = Number.POSITIVE_INFINITY;
    for (let group = 0; group < centres.length / size; group++) {
      const far = squaredDistance(rows, row * size, centres, group * size, size);
      if (far < best) {
        best = far;
        out[row] = group;
      }
    }
  }
  return out;
}

function farApart(rows: Float32Array, size: number, count: number, random: Random): Float64Array {
  const n = rows.length / size;
  const centres = new Float64Array(count * size);
  const nearest = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  let chosen = random.integer(n);
  for (let group = 0; group < count; group++) {
    centres.set(rows.subarray(chosen * size, (chosen + 1) * size), group * size);
    let total = 0;
    for (let row = 0; row < n; row++) {
      const far = squaredDistance(rows, row * size, centres, group * size, size);
      nearest[row] = Math.min(nearest[row] as number, far);
      total += nearest[row] as number;
    }
    let left = random.uniform() * total;
    chosen = 0;
    while (chosen < n - 1 && left >= (nearest[chosen] as number)) {
      left -= nearest[chosen++] as number;
    }
  }
  return centres;
}

function squaredDistance(
  a: ArrayLike<number>,
  from: number,
  b: ArrayLike<number>,
  to: number,
  size: number,
): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += ((a[from + i] as number) - (b[to + i] as number)) ** 2;
  return sum;
}
