import * as tf from '@tensorflow/tfjs-core';
import { assign, type NamedVariable, zeroVariable } from './variables.ts';

/** A fixed spread of a likelihood, in units of the values, or one that is learnt together with the weights. */
export type Sigma = number | 'learned';

/** The spread of a likelihood: σ of a Gaussian, the scale of another. */
export interface Spread {
  readonly weights: readonly NamedVariable[];
  /** Its logarithm, [] */
  log(): tf.Scalar;
  value(): number;
  /** Goes on from a value; one that is fixed stays. */
  adopt(value: number): void;
  dispose(): void;
}

/**
 * What ln σ is in the number that is learned. An optimiser such as Adam moves every weight by about the
 * learning rate a step: ln σ itself would take a thousand steps from σ = 1 to where pictures have it, 0.1,
 * and for as long the KL would weigh a hundred times what it should, and the latent collapse.
 */
const LOG_STEP = 10;

/** A σ learnt on data that a model can copy falls without end, and a density with it grows without bound. */
const LEAST_LOG = Math.log(1e-3);

/** @param name of the logarithm that is learned: `log_sigma` */
export function createSpread(name: string, sigma: Sigma): Spread {
  if (sigma !== 'learned') {
    return {
      weights: [],
      log: () => tf.scalar(Math.log(sigma)),
      value: () => sigma,
      adopt() {},
      dispose() {},
    };
  }
  // A part of the logarithm, so that the spread stays positive; it begins at 1.
  const variable = zeroVariable([]);
  const log = () => tf.maximum<tf.Scalar>(tf.mul<tf.Scalar>(variable, LOG_STEP), LEAST_LOG);
  return {
    weights: [{ name: `likelihood/scaled_${name}`, variable }],
    log,
    value: () => Math.exp(tf.tidy(() => log().dataSync()[0] as number)),
    adopt: (value) => assign(variable, Float32Array.of(Math.log(value) / LOG_STEP)),
    dispose: () => variable.dispose(),
  };
}
