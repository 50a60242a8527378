import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import type { FamilyModel } from './family.ts';
import { assign } from './variables.ts';

const LAYER = 'centre';
const WEIGHT = 'mean';

/**
 * x − the mean training item, [n, itemSize] both ways. An encoder learns from centred items in a
 * fraction of the steps (LeCun et al. 1998, §4.3; Montavon & Müller 2012). The mean is a buffer of the
 * model, not a weight; an export takes it into the bias behind it.
 */
export class Centre extends layers.layers.Layer {
  static className = 'LatentkitCentre';
  #mean: layers.LayerVariable | undefined;

  constructor() {
    super({ name: LAYER });
  }

  override build(inputShape: layers.Shape): void {
    const zeros = layers.initializers.zeros();
    const size = inputShape.slice(1);
    this.#mean = this.addWeight(WEIGHT, size, 'float32', zeros, undefined, false);
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = [inputs].flat();
    return tf.sub(x as tf.Tensor, (this.#mean as layers.LayerVariable).read());
  }
}

/**
 * Centres a model that has yet to learn on the mean of what it will learn from, which is asked for only
 * then; one without centring stays as it is.
 */
export function centreOn(model: Pick<FamilyModel, 'buffers'>, meanItem: () => Float32Array): void {
  const found = model.buffers.find(({ name }) => name.endsWith(`/${LAYER}/${WEIGHT}`));
  if (found) assign(found.variable, meanItem());
}
