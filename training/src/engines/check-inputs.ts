import { ArgumentError } from '@latentkit/core';
import { checkFloats, checkObject } from '@latentkit/core/runtime';
import { checkAbove, checkAtLeast, checkPositiveInteger } from '../checks.ts';
import type { Trainable } from '../families/family.ts';
import type { StepInputs } from './engine.ts';

type Rows = Pick<StepInputs, 'items' | 'labels' | 'noise'>;
type Sizes = Pick<Trainable, 'itemSize' | 'labels' | 'noiseSize'>;

/**
 * Checks kinds and lengths, and the numbers that go with a step. The values of the arrays are not looked at, which would
 * take as long as a part of the step does.
 *
 * @returns how many items there are
 * @throws ArgumentError
 */
export function checkStep(model: Sizes, inputs: StepInputs): number {
  const count = checkBatch(model, inputs);
  const { learningRate, beta, capacity, step } = inputs;
  checkAtLeast('learningRate', learningRate, 0);
  checkAtLeast('beta', beta, 0);
  if (capacity !== undefined) checkAtLeast('capacity', capacity, 0);
  checkPositiveInteger('step', step, Number.MAX_SAFE_INTEGER);
  return count;
}

/** Likewise, of a batch that is only tested. */
export function checkBatch({ itemSize, labels, noiseSize }: Sizes, inputs: Rows): number {
  checkObject('inputs', inputs, 'an object, such as { items, noise }');
  const { items } = inputs;
  checkFloats('items', items);
  const count = items.length / itemSize;
  if (!Number.isInteger(count) || count < 1) {
    const wanted = `one or more items of ${itemSize} values`;
    throw new ArgumentError('items', wanted, `${items.length} values`);
  }
  checkLength('labels', inputs.labels, { count, size: labels });
  checkLength('noise', inputs.noise, { count, size: noiseSize });
  return count;
}

/** What a model has no use for may be there or not. */
function checkLength(
  name: 'labels' | 'noise',
  values: Float32Array | undefined,
  { count, size }: { readonly count: number; readonly size: number },
): void {
  if (size === 0) return;
  checkFloats(name, values);
  const { length } = values as Float32Array;
  if (length === count * size) return;
  const items = count === 1 ? 'one item' : `${count} items`;
  throw new ArgumentError(
    name,
    `${count * size} values, ${size} for each of ${items}`,
    `${length}`,
  );
}

/** @throws ArgumentError for a limit to the gradient's length that is none */
export function checkClipNorm(clipNorm: number | undefined): void {
  if (clipNorm !== undefined) checkAbove('clipNorm', clipNorm, 0);
}
