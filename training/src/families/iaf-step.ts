import * as tf from '@tensorflow/tfjs-core';
import type { FlowStep } from './planar-flow.ts';

/**
 * The masks of a one-hidden-layer MADE (Germain et al. 2015, §3): output i sees inputs before i only.
 *
 * @returns input [size, hidden] and output [hidden, size] masks of zeros and ones, row-major
 */
export function autoregressiveMasks(
  size: number,
  hidden: number,
): { input: Float32Array; output: Float32Array } {
  const degree = (unit: number) => (size === 1 ? 0 : 1 + (unit % (size - 1)));
  const input = new Float32Array(size * hidden);
  const output = new Float32Array(hidden * size);
  for (let unit = 0; unit < hidden; unit++) {
    for (let i = 0; i < size; i++) {
      input[i * hidden + unit] = degree(unit) >= i + 1 ? 1 : 0;
      output[unit * size + i] = i + 1 > degree(unit) ? 1 : 0;
    }
  }
  if (size === 1) output.fill(0);
  return { input, output };
}

export interface IafWeights {
  /** [size, hidden], masked */
  readonly input: tf.Tensor2D;
  /** [context, hidden] */
  readonly context: tf.Tensor2D;
  /** [hidden] */
  readonly bias: tf.Tensor1D;
  /** [hidden, size], masked */
  readonly shift: tf.Tensor2D;
  /** [size] */
  readonly shiftBias: tf.Tensor1D;
  /** [hidden, size], masked */
  readonly gate: tf.Tensor2D;
  /** [size] */
  readonly gateBias: tf.Tensor1D;
}

/** Gates start near 1, so that a fresh flow changes little (Kingma et al. 2016, §4). */
const GATE_OFFSET = 1.5;

/**
 * One inverse autoregressive step, z′ = g ⊙ z + (1 − g) ⊙ m, with g = σ(gate) and m from a masked
 * network over z and the encoder's context: ln |det| = Σ ln g (Kingma et al. 2016, eqs. 13–14 and
 * algorithm 1).
 */
export function iafStep(z: tf.Tensor2D, context: tf.Tensor2D, weights: IafWeights): FlowStep {
  const hidden = tf.relu(
    tf.add(tf.add(tf.matMul(z, weights.input), tf.matMul(context, weights.context)), weights.bias),
  ) as tf.Tensor2D;
  const shift = tf.add(tf.matMul(hidden, weights.shift), weights.shiftBias);
  const gateLogits = tf.add(tf.add(tf.matMul(hidden, weights.gate), weights.gateBias), GATE_OFFSET);
  const gate = tf.sigmoid(gateLogits);
  const next: tf.Tensor2D = tf.add(tf.mul(gate, z), tf.mul(tf.sub(1, gate), shift));
  // ln σ(a) = −softplus(−a)
  const logDet = tf.neg(tf.sum<tf.Tensor2D>(tf.softplus(tf.neg(gateLogits)), 1, true));
  return { z: next, logDet };
}
