import { createRandom } from '@latentkit/core';
import type { Split } from '../data/dataset.ts';

/** The order of the items in an epoch: a function of the seed and the epoch, with no state to save. */
export function epochOrder(count: number, seed: number, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  return createRandom(seed, `order/${epoch}`).shuffle(order);
}

/** The noise of a step: a function of the seed and the step, the same for every engine. */
export function stepNoise(size: number, seed: number, step: number): Float32Array {
  return createRandom(seed, `noise/${step}`).fillNormal(new Float32Array(size));
}

/** Copies the items of a batch, one after the other, to the start of `into`. */
export function gather(split: Split, indices: Uint32Array, into: Float32Array): Float32Array {
  const itemSize = split.images.length / split.count;
  for (const [row, index] of indices.entries()) {
    into.set(split.images.subarray(index * itemSize, (index + 1) * itemSize), row * itemSize);
  }
  return into.subarray(0, indices.length * itemSize);
}

/** The labels of a batch, one-hot, [n × classes]. */
export function oneHotLabels(labels: Uint8Array, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  for (const [row, label] of labels.entries()) rows[row * classes + label] = 1;
  return rows;
}
