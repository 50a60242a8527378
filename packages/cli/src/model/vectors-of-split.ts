import type { Tensor } from '@latentkit/core';
import { readItems, type Split } from '@latentkit/training';

/** Items that are held as floats at a time. */
const TOGETHER = 500;

/**
 * A vector for each item of a split, however many and large they are.
 *
 * @param vectorsOf [n × item size], and the n labels → [n, size]
 * @returns [items, size]
 */
export async function vectorsOfSplit(
  split: Split,
  vectorsOf: (items: Float32Array, labels: Split['labels']) => Promise<Tensor<'float32'>>,
): Promise<Tensor<'float32'>> {
  let data = new Float32Array(0);
  let size = 0;
  for (let from = 0; from < split.count; from += TOGETHER) {
    const to = Math.min(from + TOGETHER, split.count);
    const vectors = await vectorsOf(readItems(split, from, to), split.labels.subarray(from, to));
    if (from === 0) {
      size = vectors.data.length / (to - from);
      data = new Float32Array(split.count * size);
    }
    data.set(vectors.data, from * size);
  }
  return { data, dims: [split.count, size], dtype: 'float32' };
}
