import type { GraphName, MixtureComponent, Random, WholeCard } from '@latentkit/core';
import type * as tf from '@tensorflow/tfjs-core';
import type { Likelihood } from './likelihood.ts';
import type { PseudoInputs } from './pseudo-inputs.ts';
import type { NamedVariable } from './variables.ts';

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

/** What an engine needs of a model in order to train it. */
export interface Trainable {
  readonly itemSize: number;
  /** Labels that each item comes with; 0 for an unconditional model. */
  readonly labels: number;
  /** Standard normal numbers that each item needs. */
  readonly noiseSize: number;
  /** Items that are tested together at most, where they take much memory. */
  readonly testTogether?: number | undefined;
  /** Updated by gradient. */
  readonly weights: readonly NamedVariable[];
  /** Not updated by gradient: by rule, through {@link TermTensors.updates}, or not at all. */
  readonly buffers: readonly NamedVariable[];
  terms(batch: Batch): TermTensors;
}

/** A graph to export: a function of named tensors, each [batch, …]. */
export interface GraphFunction {
  readonly name: GraphName;
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

export type UpkeepMoment = 'start' | 'adopted' | 'epoch';

/** State that is tended between steps, by rules that look at data: a codebook, say. */
export interface Upkeep {
  /** Training items that {@link Upkeep.run} wants to see. */
  readonly items: number;
  /**
   * Changes buffers in place.
   *
   * @param items [n, itemSize]
   * @param moment before the first step; before the first of a model that goes on from another; or after an epoch
   */
  run(items: tf.Tensor2D, random: Random, moment: UpkeepMoment): Promise<void>;
}

/** A prior that is learned together with the weights. */
export interface LearnedPrior {
  readonly pseudoInputs: PseudoInputs;
  /** The Gaussians that the encoder makes of the pseudo-inputs, with its weights of now. */
  components(): MixtureComponent[];
  /** Gives the latents units in which the prior has mean 0 and variance 1: `standardiseLatents`. */
  standardise(): void;
}

/** A model of some family: how to train it, what to export, and what its card says of it. */
export interface FamilyModel extends Trainable {
  readonly likelihood: Likelihood;
  readonly card: Pick<WholeCard, 'family' | 'latent'>;
  readonly graphs: readonly GraphFunction[];
  readonly upkeep?: Upkeep | undefined;
  /** N(0, I), or what the family has for it, where absent. */
  readonly prior?: LearnedPrior | undefined;
  dispose(): void;
}
