import type { Random } from '@latentkit/core';

/**
 * Lloyd's algorithm from a k-means++ start (Arthur & Vassilvitskii 2007).
 *
 * @param vectors n vectors of `dim` numbers, one after the other
 * @returns k centres, and how many vectors each has
 */
export function kMeans(
  vectors: Float32Array,
  dim: number,
  k: number,
  random: Random,
  iterations = 10,
): { readonly centres: Float32Array; readonly counts: Float32Array } {
  const n = vectors.length / dim;
  const centres = new Float32Array(k * dim);
  const nearest = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  for (let c = 0; c < k; c++) {
    const chosen = c === 0 ? random.integer(n) : weightedChoice(nearest, random);
    centres.set(vectors.subarray(chosen * dim, (chosen + 1) * dim), c * dim);
    for (let i = 0; i < n; i++) {
      nearest[i] = Math.min(nearest[i] as number, distance(vectors, i, centres, c, dim));
    }
  }
  const counts = new Float32Array(k);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const sums = new Float64Array(k * dim);
    counts.fill(0);
    for (let i = 0; i < n; i++) {
      const best = nearestTo(vectors, i, centres, dim);
      (counts[best] as number) += 1;
      for (let j = 0; j < dim; j++)
        (sums[best * dim + j] as number) += vectors[i * dim + j] as number;
    }
    for (let c = 0; c < k; c++) {
      const count = counts[c] as number;
      // A centre that lost all its vectors stays where it is.
      if (count === 0) continue;
      for (let j = 0; j < dim; j++) centres[c * dim + j] = (sums[c * dim + j] as number) / count;
    }
  }
  return { centres, counts };
}

/** How many of the vectors are nearest to each centre. */
export function countNearest(
  vectors: Float32Array,
  centres: Float32Array,
  dim: number,
): Float32Array {
  const counts = new Float32Array(centres.length / dim);
  for (let i = 0; i < vectors.length / dim; i++) {
    (counts[nearestTo(vectors, i, centres, dim)] as number) += 1;
  }
  return counts;
}

function nearestTo(vectors: Float32Array, i: number, centres: Float32Array, dim: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let c = 0; c < centres.length / dim; c++) {
    const d = distance(vectors, i, centres, c, dim);
    if (d < least) {
      least = d;
      best = c;
    }
  }
  return best;
}

function distance(a: Float32Array, i: number, b: Float32Array, j: number, dim: number): number {
  let sum = 0;
  for (let d = 0; d < dim; d++)
    sum += ((a[i * dim + d] as number) - (b[j * dim + d] as number)) ** 2;
  return sum;
}

/** An index with probability proportional to its weight; any index if all weights are 0. */
function weightedChoice(weights: Float64Array, random: Random): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) return random.integer(weights.length);
  let remaining = random.uniform() * total;
  for (const [i, weight] of weights.entries()) {
    remaining -= weight;
    if (remaining < 0) return i;
  }
  return weights.length - 1;
}
