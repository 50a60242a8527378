import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import type { FamilyModel } from './family.ts';
import { assign } from './variables.ts';

const LAYER = 'centre';
const WEIGHT = 'mean';
/** The variable of an encoder's centre, as a model names it. */
export const CENTRE = `encoder/${LAYER}/${WEIGHT}`;

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
 * Centres a model on another mean, without a change to what it computes: W (x − c) + b is W (x − m) + (b + W (m − c)).
 * Where an export has taken the mean that the model was trained with into b, c is 0.
 *
 * @param layers of the encoder that are given the items; their kernels may have further rows, for labels. Without such
 *   the model keeps its centre
 */
export function recentreOn(
  { buffers, weights }: Pick<FamilyModel, 'buffers' | 'weights'>,
  layers: readonly string[],
  mean: Float32Array,
): void {
  const found = buffers.find(({ name }) => name.endsWith(`/${LAYER}/${WEIGHT}`));
  if (!found || layers.length === 0) return;
  const before = found.variable.dataSync<'float32'>();
  const moves = mean.map((value, i) => value - (before[i] as number));
  assign(found.variable, mean);
  for (const layer of layers) {
    const [kernel, bias] = ['kernel', 'bias'].map((part) =>
      weights.find(({ name }) => name === `encoder/${layer}/${part}`),
    );
    if (!kernel || !bias) continue;
    const rows = kernel.variable.dataSync<'float32'>();
    const units = bias.variable.size;
    const moved = Float64Array.from(bias.variable.dataSync<'float32'>());
    for (let unit = 0; unit < units; unit++) {
      for (const [row, value] of moves.entries()) {
        moved[unit] = (moved[unit] as number) + value * (rows[row * units + unit] as number);
      }
    }
    assign(bias.variable, Float32Array.from(moved));
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
