import type { ModelCard, Random } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import type * as layers from '@tensorflow/tfjs-layers';
import type { Likelihood } from './likelihood.ts';

/** Means over the batch, as scalars, in nats per item. */
export interface TermTensors {
  /** What is minimised. */
  readonly loss: tf.Scalar;
  /** −ln p(x|z) */
  readonly reconstruction: tf.Scalar;
  /** KL(q(z|x) ‖ p(z)), or what stands for it: reconstruction + kl is the negative ELBO at β = 1. */
  readonly kl: tf.Scalar;
  /** New values of buffers, by name: state that a rule updates instead of a gradient. */
  readonly updates?: Readonly<Record<string, tf.Tensor>>;
}

/** Everything that a loss depends on is an input, so that the step can be traced once and for all. */
export interface Batch {
  /** [n, itemSize] */
  readonly items: tf.Tensor2D;
  /** One-hot labels of a conditional model, [n, labels] */
  readonly labels?: tf.Tensor2D | undefined;
  /** ε ~ N(0, I), [n, noiseSize], drawn by the caller, so that every engine sees the same. */
  readonly noise: tf.Tensor2D;
  /** Weight of the KL term, [] */
  readonly beta: tf.Scalar;
  /** KL that the capacity objective aims at, in nats, [] */
  readonly capacity: tf.Scalar;
}

/** A variable under the name that it has in every checkpoint: `encoder/hidden_1/kernel` and the like. */
export interface NamedVariable {
  readonly name: string;
  readonly variable: tf.Variable;
}

/** What an engine needs of a model in order to train it. */
export interface Trainable {
  readonly itemSize: number;
  /** Labels that each item comes with; 0 for an unconditional model. */
  readonly labels: number;
  /** Standard normal numbers that each item needs. */
  readonly noiseSize: number;
  /** Updated by gradient. */
  readonly weights: readonly NamedVariable[];
  /** Not updated by gradient: by rule, through {@link TermTensors.updates}, or not at all. */
  readonly buffers: readonly NamedVariable[];
  terms(batch: Batch): TermTensors;
}

/** A graph to export: a function of named tensors, each [batch, …]. */
export interface GraphFunction {
  readonly name: keyof ModelCard['graphs'];
  readonly inputs: readonly GraphInput[];
  run(...inputs: tf.Tensor[]): Readonly<Record<string, tf.Tensor>>;
}

export interface GraphInput {
  readonly name: string;
  readonly dtype: 'float32' | 'int32';
  /** Dimensions after the batch. */
  readonly shape: readonly number[];
  /** Smallest and largest value to trace and verify with. */
  readonly range: readonly [number, number];
}

/** State that is tended between steps, by rules that look at data: a codebook, say. */
export interface Upkeep {
  /** Training items that {@link Upkeep.run} wants to see. */
  readonly items: number;
  /**
   * Changes buffers in place.
   *
   * @param items [n, itemSize]
   * @param moment before the first step, or after an epoch
   */
  run(items: tf.Tensor2D, random: Random, moment: 'start' | 'epoch'): Promise<void>;
}

/** A model of some family: how to train it, what to export, and what its card says of it. */
export interface FamilyModel extends Trainable {
  readonly likelihood: Likelihood;
  readonly card: Pick<ModelCard, 'family' | 'latent'>;
  readonly graphs: readonly GraphFunction[];
  readonly upkeep?: Upkeep | undefined;
  dispose(): void;
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

/** Sets a variable from numbers in row-major order. */
export function assign(variable: tf.Variable, values: Float32Array): void {
  // A copy: some backends keep the array they are given.
  const value = tf.tensor(values.slice(), variable.shape, 'float32');
  variable.assign(value);
  value.dispose();
}
