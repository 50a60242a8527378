import type { Tensor } from '@latentkit/core';

/**
 * Recall@k of neighbours: of the k nearest others of each row (Euclidean distance) by the first
 * embedding, the share that is among the k nearest by the second; averaged over the rows. 1 says that
 * a search finds the same.
 *
 * @param before [n, latentSize]
 * @param after [n, latentSize of its own]
 * @param k at most n − 1 are taken
 */
export function recallAt(before: Tensor<'float32'>, after: Tensor<'float32'>, k: number): number {
  const [n = 0] = before.dims;
  const taken = Math.min(k, n - 1);
  if (taken < 1) return 1;
  let found = 0;
  for (let row = 0; row < n; row++) {
    const wanted = new Set(nearest(before, row, taken));
    found += nearest(after, row, taken).filter((index) => wanted.has(index)).length;
  }
  return found / (n * taken);
}

/** The rows nearest to one, itself left out, the nearest first. */
function nearest({ data, dims }: Tensor<'float32'>, row: number, k: number): number[] {
  const [n = 0, ...rest] = dims;
  const width = rest.reduce((product, dim) => product * dim, 1);
  const distances = Array.from({ length: n }, (_, other) => {
    let sum = 0;
    for (let i = 0; i < width; i++) {
      const difference = (data[row * width + i] as number) - (data[other * width + i] as number);
      sum += difference * difference;
    }
    return { other, sum };
  });
  return distances
    .filter(({ other }) => other !== row)
    .sort((a, b) => a.sum - b.sum || a.other - b.other)
    .slice(0, k)
    .map(({ other }) => other);
}

/** Mean over the rows of the cosine between rows of two tensors of the same dims; of two zero rows it is 1. */
export function meanCosine(a: Tensor<'float32'>, b: Tensor<'float32'>): number {
  const [n = 0, ...rest] = a.dims;
  const width = rest.reduce((product, dim) => product * dim, 1);
  let total = 0;
  for (let row = 0; row < n; row++) {
    let dot = 0;
    let aa = 0;
    let bb = 0;
    for (let i = row * width; i < (row + 1) * width; i++) {
      const x = a.data[i] as number;
      const y = b.data[i] as number;
      dot += x * y;
      aa += x * x;
      bb += y * y;
    }
    const norms = Math.sqrt(aa) * Math.sqrt(bb);
    total += norms > 0 ? dot / norms : Number(aa === bb);
  }
  return n === 0 ? 1 : total / n;
}
