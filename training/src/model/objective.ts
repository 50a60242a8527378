import * as tf from '@tensorflow/tfjs-core';
import type { Trainable } from '../families/family.ts';
import { type AutoencoderModel, modelWeights } from './autoencoder-model.ts';
import { gaussianKl, keepInRange, reparameterise } from './gaussian-posterior.ts';
import type { Likelihood } from './likelihood.ts';

/** Means over the batch, as scalars; see `Terms`. */
export interface TermTensors {
  readonly loss: tf.Scalar;
  readonly reconstruction: tf.Scalar;
  readonly kl: tf.Scalar;
}

export interface ObjectiveInputs {
  /** [n, itemSize] */
  readonly items: tf.Tensor2D;
  /** ε ~ N(0, I), [n, noiseSize]: drawn by the caller, so that every engine sees the same. */
  readonly noise: tf.Tensor2D;
  /** Weight of the KL term, [] */
  readonly beta: tf.Scalar;
}

/**
 * What is minimised, written once with tfjs operations on tensors that are all inputs (no random
 * operation, no number that a schedule may change), so that it can be run as it is or traced.
 */
export interface Objective {
  readonly name: string;
  /** Standard normal numbers that each item needs. */
  readonly noiseSize: number;
  terms(inputs: ObjectiveInputs): TermTensors;
}

/**
 * The negative ELBO with β on its KL term (Kingma & Welling 2014, eq. 10, at one sample an item;
 * Higgins et al. 2017): summed over elements and dimensions, mean over the batch.
 */
export function elboObjective(model: AutoencoderModel, likelihood: Likelihood): Objective {
  return {
    name: 'elbo',
    noiseSize: model.latentSize,
    terms({ items, noise, beta }) {
      const [mean, rawLogVar] = model.encoder.apply(items) as [tf.Tensor2D, tf.Tensor2D];
      const posterior = { mean, logVar: keepInRange(rawLogVar) };
      const z = reparameterise(posterior, noise);
      const parameter = model.decoder.apply(z) as tf.Tensor2D;
      const reconstruction = tf.mean<tf.Scalar>(likelihood.negativeLogLikelihood(items, parameter));
      const kl = tf.mean<tf.Scalar>(gaussianKl(posterior));
      return { loss: tf.add(reconstruction, tf.mul(beta, kl)), reconstruction, kl };
    },
  };
}

/** What an engine needs of a model with its objective. */
export function trainableOf(model: AutoencoderModel, objective: Objective): Trainable {
  return {
    itemSize: model.itemSize,
    labels: 0,
    noiseSize: objective.noiseSize,
    weights: modelWeights(model),
    buffers: [],
    terms: (batch) => objective.terms(batch),
  };
}
