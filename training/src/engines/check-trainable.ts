import { ArgumentError } from '@latentkit/core';
import { checkList } from '@latentkit/core/runtime';
import type { Trainable } from '../families/family.ts';

/** @throws ArgumentError for what no engine can train */
export function checkTrainable(trainable: Trainable): void {
  if (typeof trainable?.terms !== 'function') {
    throw new ArgumentError('trainable', 'a model, such as buildVae makes', trainable);
  }
  checkList('trainable.weights', trainable.weights, 'named variables');
  checkList('trainable.buffers', trainable.buffers, 'named variables');
}
