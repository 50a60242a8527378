import { createRandom, sizeOf } from '@latentkit/core';
import { type Dataset, gatherItems } from '@latentkit/data';
import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '../engines/engine.ts';
import type { FamilyModel, UpkeepMoment } from '../families/family.ts';
import { assign } from '../families/variables.ts';
import { epochOrder } from './batches/batches.ts';

/**
 * Tends the state that a family keeps by rules, where it has such: before the first step (epoch 0) and
 * between epochs. What it does follows from the seed and the epoch.
 */
export async function tendState(
  model: FamilyModel,
  engine: Engine,
  { train, itemShape }: Dataset,
  seed: number,
  epoch: number,
  moment: UpkeepMoment = epoch === 0 ? 'start' : 'epoch',
): Promise<void> {
  const { upkeep } = model;
  if (!upkeep) return;
  const state = await engine.readState();
  // An engine may keep its state elsewhere than in the model's variables.
  for (const { name, variable } of [...model.weights, ...model.buffers]) {
    const saved = state.get(name);
    if (saved) assign(variable, saved.data);
  }
  const itemSize = sizeOf(itemShape);
  const chosen = epochOrder(train.count, seed, epoch).subarray(0, upkeep.items);
  const items = tf.tensor2d(
    gatherItems(train, chosen, new Float32Array(chosen.length * itemSize)),
    [chosen.length, itemSize],
  );
  await upkeep.run(items, createRandom(seed, `upkeep/${epoch}`), moment);
  items.dispose();
  const tended = new Map(state);
  for (const { name, variable } of model.buffers) {
    tended.set(name, { shape: variable.shape, data: (await variable.data<'float32'>()).slice() });
  }
  engine.writeState(tended);
}
