import { LatentkitError } from '@latentkit/core';
import { decodeSafetensors, encodeSafetensors } from '@latentkit/core/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { assign, type NamedVariable, zeroVariable } from './variables.ts';

/** The pseudo-inputs u_1 … u_K of a VampPrior (Tomczak & Welling 2018, §3): items that are learned like weights. */
export interface PseudoInputs {
  readonly count: number;
  readonly weights: readonly NamedVariable[];
  /** [count, itemSize], in the range of items */
  values(): tf.Tensor2D;
  /** Takes values of a model that is gone on from, or items to begin as. */
  adopt(values: Float32Array): void;
  dispose(): void;
}

/** In the name of the variable, and in the file beside a card. */
const NAME = 'prior/pseudo_inputs';
export const PSEUDO_INPUTS_FILE = 'pseudo-inputs.safetensors';

/** @param range smallest and largest value of an item's element */
export function createPseudoInputs(
  count: number,
  itemSize: number,
  range: readonly [number, number],
): PseudoInputs {
  const variable = zeroVariable([count, itemSize]);
  return {
    count,
    weights: [{ name: NAME, variable }],
    values: () => withinRange(variable as tf.Tensor2D, range),
    adopt: (values) => assign(variable, values),
    dispose: () => variable.dispose(),
  };
}

/**
 * Cuts values off at a range. A value beyond it has the gradient that leads back, and none that leads further out: as
 * with a projection after each step, but for what an optimiser's momentum adds. A sigmoid would do the same, but most
 * values of pictures are at the ends, where it has next to no gradient, and training items could not be begun from.
 */
export function withinRange(values: tf.Tensor2D, [low, high]: readonly [number, number]) {
  const cut = tf.customGrad((x, save) => {
    (save as tf.GradSaveFunc)([x as tf.Tensor]);
    return {
      value: tf.clipByValue(x as tf.Tensor, low, high),
      gradFunc: (upstream: tf.Tensor, saved: tf.Tensor[]) => {
        const [x] = saved as [tf.Tensor];
        // Steps go against the gradient: back where it has the sign of what is too much.
        const excess = tf.sub(x, tf.clipByValue(x, low, high));
        const keep = tf.greaterEqual(tf.mul(excess, upstream), 0);
        return tf.where(keep, upstream, tf.zerosLike(upstream));
      },
    };
  });
  return cut(values) as tf.Tensor2D;
}

/** The values as a file beside the card, which training goes on from. */
export function writePseudoInputs(pseudoInputs: PseudoInputs): Uint8Array {
  const values = pseudoInputs.values();
  const data = values.dataSync<'float32'>().slice();
  values.dispose();
  const tensors = new Map([[NAME, { dtype: 'float32', dims: values.shape, data } as const]]);
  return encodeSafetensors({ tensors, metadata: {} });
}

/**
 * Takes values from such a file.
 *
 * @throws LatentkitError `invalid-data`
 */
export function readPseudoInputs(pseudoInputs: PseudoInputs, bytes: Uint8Array): void {
  const found = decodeSafetensors(bytes, PSEUDO_INPUTS_FILE).tensors.get(NAME);
  const [{ variable } = { variable: undefined }] = pseudoInputs.weights;
  if (found?.dtype !== 'float32' || String(found.dims) !== String(variable?.shape)) {
    throw new LatentkitError(
      'invalid-data',
      `${PSEUDO_INPUTS_FILE}: expected ${NAME} as float32 [${variable?.shape}], received ` +
        `${found ? `${found.dtype} [${found.dims}]` : 'none of the name'}. Export the model again.`,
    );
  }
  pseudoInputs.adopt(found.data as Float32Array);
}
