import { ArgumentError } from '@latentkit/core';
import { checkFloats } from '@latentkit/core/runtime';
import * as tf from '@tensorflow/tfjs-core';
import type * as layers from '@tensorflow/tfjs-layers';

/** A variable under the name that it has in every checkpoint: `encoder/hidden_1/kernel` and the like. */
export interface NamedVariable {
  readonly name: string;
  readonly variable: tf.Variable;
}

/** The trainable weights of networks, in the order of their layers. */
export function weightsOf(networks: readonly layers.LayersModel[]): NamedVariable[] {
  return networks.flatMap((network) => named(network, network.trainableWeights));
}

/** What networks keep besides, in the order of their layers. */
export function buffersOf(networks: readonly layers.LayersModel[]): NamedVariable[] {
  return networks.flatMap((network) => named(network, network.nonTrainableWeights));
}

function named({ name }: layers.LayersModel, weights: readonly layers.LayerVariable[]) {
  return weights.map((weight) => ({
    name: `${name}/${weight.originalName}`,
    variable: weight.read() as tf.Variable,
  }));
}

/** A variable of zeros; `tidy` frees the zeros it is made from, and leaves the variable. */
export function zeroVariable(shape: readonly number[], trainable = true): tf.Variable {
  return tf.tidy(() => tf.variable(tf.zeros([...shape]), trainable));
}

/** Sets a variable from numbers in row-major order. @throws ArgumentError for what does not fit it */
export function assign(variable: tf.Variable, values: Float32Array): void {
  if (typeof variable?.assign !== 'function') {
    throw new ArgumentError('variable', 'a tf.Variable', variable);
  }
  checkFloats('values', values);
  if (values.length !== variable.size) {
    throw new ArgumentError('values', `${variable.size} numbers`, values.length);
  }
  // A copy: some backends keep the array they are given.
  const value = tf.tensor(values.slice(), variable.shape, 'float32');
  variable.assign(value);
  value.dispose();
}
