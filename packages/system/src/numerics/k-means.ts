import type { Random } from '@latentkit/core';

export interface KMeansOptions {
  readonly random: Random;
  /** Sweeps at most, 10 by default: it ends before them once no row changes its centre. */
  readonly iterations?: number | undefined;
}

/**
 * Centres that rows group around: Lloyd's algorithm (1982) from centres that are far apart.
 *
 * @param rows [n × size]
 * @returns [count × size]
 */
export function kMeans(
  rows: Float32Array,
  size: number,
  count: number,
  { random, iterations = 10 }: KMeansOptions,
): Float32Array {
  const centres = farApart(rows, size, count, random);
  let groups = new Uint32Array();
  for (let sweep = 0; sweep < iterations; sweep++) {
    const next = nearestCentres(rows, size, centres);
    if (sweep > 0 && next.every((group, row) => group === groups[row])) break;
    groups = next;
    moveCentres(rows, size, groups, centres);
  }
  return centres;
}

/** The number of the centre that is nearest to each row, [n]. */
export function nearestCentres(
  rows: Float32Array,
  size: number,
  centres: Float32Array,
): Uint32Array<ArrayBuffer> {
  const out = new Uint32Array(rows.length / size);
  for (let row = 0; row < out.length; row++) {
    let least = Number.POSITIVE_INFINITY;
    for (let group = 0; group < centres.length / size; group++) {
      const far = squaredDistance(rows, row * size, centres, group * size, size);
      if (far < least) {
        least = far;
        out[row] = group;
      }
    }
  }
  return out;
}

/**
 * Rows that are far from each other: each is drawn with its squared distance from those before as weight
 * (k-means++, Arthur & Vassilvitskii 2007).
 *
 * @returns [count × size]
 */
function farApart(rows: Float32Array, size: number, count: number, random: Random): Float32Array {
  const n = rows.length / size;
  const centres = new Float32Array(count * size);
  const nearest = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  for (let group = 0; group < count; group++) {
    const chosen = group === 0 ? random.integer(n) : weightedChoice(nearest, random);
    centres.set(rows.subarray(chosen * size, (chosen + 1) * size), group * size);
    for (let row = 0; row < n; row++) {
      const far = squaredDistance(rows, row * size, centres, group * size, size);
      nearest[row] = Math.min(nearest[row] as number, far);
    }
  }
  return centres;
}

/** An index with probability proportional to its weight; any index if all weights are 0. */
function weightedChoice(weights: Float64Array, random: Random): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) return random.integer(weights.length);
  let left = random.uniform() * total;
  let chosen = 0;
  while (chosen < weights.length - 1 && left >= (weights[chosen] as number)) {
    left -= weights[chosen++] as number;
  }
  return chosen;
}

function moveCentres(
  rows: Float32Array,
  size: number,
  groups: Uint32Array,
  centres: Float32Array,
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

/** Of a row of `a` and a row of `b`, which begin at `from` and `to`. */
function squaredDistance(
  a: Float32Array,
  from: number,
  b: Float32Array,
  to: number,
  size: number,
): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += ((a[from + i] as number) - (b[to + i] as number)) ** 2;
  return sum;
}
