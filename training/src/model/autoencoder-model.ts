import { createRandom } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

/** The two networks of an autoencoder, as tfjs layers, with weights that may be set and trained. */
export interface AutoencoderModel {
  /** x [n, itemSize] → [mean, log_var], each [n, latentSize] */
  readonly encoder: layers.LayersModel;
  /** z [n, latentSize] → the likelihood's parameter (logits, or the mean) [n, itemSize] */
  readonly decoder: layers.LayersModel;
  readonly itemSize: number;
  readonly latentSize: number;
}

export interface ModelShape {
  readonly itemSize: number;
  readonly latentSize: number;
  /** Units of the encoder's hidden layers, from the input inwards; the decoder mirrors them. */
  readonly hiddenSizes: readonly number[];
}

/**
 * Builds the fully connected variational autoencoder of Kingma & Welling (2014, appendix C), with
 * ReLU. Items are flat: a shape like [28, 28, 1] is a matter of the caller's view, and the exported
 * graph begins with a matrix product rather than a reshape. The weights are all zero.
 */
export function buildMlpModel({ itemSize, latentSize, hiddenSizes }: ModelShape): AutoencoderModel {
  const dense = (name: string, units: number, activation?: 'relu') =>
    layers.layers.dense({
      name,
      units,
      kernelInitializer: 'zeros',
      ...(activation ? { activation } : {}),
    });
  const stack = (input: layers.SymbolicTensor, sizes: readonly number[]) =>
    sizes.reduce(
      (below, units, i) =>
        dense(`hidden_${i + 1}`, units, 'relu').apply(below) as layers.SymbolicTensor,
      input,
    );

  const x = layers.input({ shape: [itemSize], name: 'x' });
  const top = stack(x, hiddenSizes);
  const mean = dense('mean', latentSize).apply(top) as layers.SymbolicTensor;
  const logVar = dense('log_var', latentSize).apply(top) as layers.SymbolicTensor;
  const z = layers.input({ shape: [latentSize], name: 'z' });
  const parameter = dense('output', itemSize).apply(stack(z, [...hiddenSizes].reverse()));
  return {
    encoder: layers.model({ name: 'encoder', inputs: x, outputs: [mean, logVar] }),
    decoder: layers.model({
      name: 'decoder',
      inputs: z,
      outputs: parameter as layers.SymbolicTensor,
    }),
    itemSize,
    latentSize,
  };
}

export interface NamedWeight {
  /** `encoder/hidden_1/kernel` and the like: the same for every instance of the model. */
  readonly name: string;
  readonly variable: tf.Variable;
}

/** The trainable weights, in the order of the networks' layers. */
export function modelWeights({ encoder, decoder }: AutoencoderModel): NamedWeight[] {
  return [encoder, decoder].flatMap((network) =>
    network.trainableWeights.map((weight) => ({
      name: `${network.name}/${weight.originalName}`,
      variable: weight.read() as tf.Variable,
    })),
  );
}

/**
 * Draws the weights from the seed, the same on every backend: matrices uniformly within
 * ±√(6 / (fan in + fan out)) (Glorot & Bengio 2010, eq. 16), biases zero.
 */
export function initialiseWeights(model: AutoencoderModel, seed: number): void {
  const random = createRandom(seed, 'weights');
  for (const { variable } of modelWeights(model)) {
    const values = new Float32Array(variable.size);
    const [fanIn, fanOut] = variable.shape;
    if (fanIn !== undefined && fanOut !== undefined) {
      const limit = Math.sqrt(6 / (fanIn + fanOut));
      for (let i = 0; i < values.length; i++) values[i] = limit * (2 * random.uniform() - 1);
    }
    assign(variable, values);
  }
}

/** Sets a variable from numbers in row-major order. */
export function assign(variable: tf.Variable, values: Float32Array): void {
  // A copy: some backends keep the array they are given.
  const value = tf.tensor(values.slice(), variable.shape, 'float32');
  variable.assign(value);
  value.dispose();
}

export function disposeModel({ encoder, decoder }: AutoencoderModel): void {
  encoder.dispose();
  decoder.dispose();
}
