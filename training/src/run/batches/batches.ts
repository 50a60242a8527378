import { createRandom } from '@latentkit/core';
import { checkInteger } from '@latentkit/core/runtime';
import type { Split } from '@latentkit/data';
import { fillNormals } from './normals.ts';

/** The order of the items in an epoch: a function of the seed and the epoch, with no state to save. */
export function epochOrder(count: number, seed: number, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  return createRandom(seed, `order/${epoch}`).shuffle(order);
}

/** Steps in which all items are met once. */
export function stepsPerEpoch({ count }: Split, batchSize: number): number {
  return Math.ceil(count / batchSize);
}

/** The noise of a step: a function of the seed and the step, the same for every engine. @throws ArgumentError */
export function stepNoise(size: number, seed: number, step: number): Float32Array {
  checkInteger('size', size, 0, 2 ** 31 - 1);
  return fillStepNoise(new Float32Array(size), seed, step);
}

/** {@link stepNoise}, into memory that is there. */
export function fillStepNoise(into: Float32Array, seed: number, step: number): Float32Array {
  return fillNormals(into, createRandom(seed, `noise/${step}`));
}

/** The labels of a batch, one-hot, [n × classes]. */
export function oneHotLabels(
  labels: Split['labels'],
  classes: number,
  rows: Float32Array = new Float32Array(labels.length * classes),
): Float32Array {
  rows.fill(0);
  for (const [row, label] of labels.entries()) rows[row * classes + label] = 1;
  return rows;
}
