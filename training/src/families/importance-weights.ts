import * as tf from '@tensorflow/tfjs-core';
import type { BoundName, GradientName } from '../settings/choices.ts';
import { importanceWeightedBound, scaleGradient, stopGradient } from './bounds.ts';
import type { GaussianPosterior } from './gaussian-posterior.ts';

/** What the draws of an item come to. */
export interface ImportanceWeighting {
  /** Draws of a group. */
  readonly samples: number;
  /** Groups of draws; 1 for one bound of all. */
  readonly groups: number;
  readonly bound: BoundName;
  readonly gradient: GradientName;
}

/**
 * ln w of every draw, [items × groups × samples].
 *
 * @param drawn the posterior that draws come from, a row for each draw
 * @param density the one whose density they are weighed by; undefined where it is the same
 */
export type WeighDraws = (drawn: GaussianPosterior, density?: GaussianPosterior) => tf.Tensor1D;

/**
 * The negative bound, mean over items, with the gradients that are asked for:
 *
 * - `iwae`: ln of the mean weight of all draws (Burda et al. 2016, eq. 8); `miwae`: the mean of that over groups;
 *   `piwae`: the value and the decoder's gradient of the one, the encoder's gradient of the other (Rainforth et al.
 *   2018, §4);
 * - `stl`: without the score of the posterior, whose mean is 0 for one draw (Roeder et al. 2017, eq. 6); with more it is
 *   biased (Tucker et al. 2018, §5);
 * - `dreg`: without it, and each draw by the square of its share, which is right for any number (Tucker et al. 2018, eq. 8).
 *
 * The encoder meets a draw at its row of the posterior, and the decoder does not: what the two are given apart is a
 * factor of the gradient there.
 */
export function importanceWeightedLoss(
  posterior: GaussianPosterior,
  weigh: WeighDraws,
  { samples, groups, bound, gradient }: ImportanceWeighting,
): tf.Scalar {
  const stopped = { mean: stopGradient(posterior.mean), logVar: stopGradient(posterior.logVar) };
  const grouped = (logWeights: tf.Tensor): tf.Tensor2D =>
    tf.reshape(logWeights, [-1, bound === 'miwae' ? samples : samples * groups]);
  const scaled = bound === 'piwae' || gradient === 'dreg';
  const drawn = scaled
    ? scaledBy(encoderFactors(weigh(stopped), { samples, groups, bound, gradient }), posterior)
    : posterior;
  const logWeights = gradient === 'standard' ? weigh(drawn) : weigh(drawn, stopped);
  return tf.neg(tf.mean<tf.Scalar>(importanceWeightedBound(grouped(logWeights))));
}

/** Every row as often as its item has draws, one after the other: [n, width] to [n × draws, width]. */
export function repeatRows(rows: tf.Tensor2D, draws: number): tf.Tensor2D {
  const [n, width] = rows.shape;
  return tf.reshape(tf.tile(tf.expandDims(rows, 1), [1, draws, 1]), [n * draws, width]);
}

function scaledBy(factors: tf.Tensor2D, { mean, logVar }: GaussianPosterior): GaussianPosterior {
  return { mean: scaleGradient(mean, factors), logVar: scaleGradient(logVar, factors) };
}

/** Beyond e⁶⁰ a group has no share of the whole that float32 could tell from 0. */
const MOST = 60;

/** What the gradient at each draw is multiplied by on its way to the encoder, [draws, 1], without a gradient. */
function encoderFactors(
  logWeights: tf.Tensor1D,
  { samples, groups, bound, gradient }: ImportanceWeighting,
): tf.Tensor2D {
  const together = bound === 'iwae' ? samples * groups : samples;
  const byGroup: tf.Tensor2D = tf.reshape(logWeights, [-1, together]);
  const groupSum = tf.logSumExp(byGroup, 1, true);
  const shares = tf.exp(tf.sub(byGroup, groupSum));
  let factors: tf.Tensor = gradient === 'dreg' ? shares : tf.onesLike(shares);
  if (bound === 'piwae') {
    // From a share of all draws to that of the group, of which there are so many.
    const ofItem: tf.Tensor2D = tf.reshape(groupSum, [-1, groups]);
    const excess = tf.sub(tf.logSumExp(ofItem, 1, true), ofItem);
    const ratio = tf.div(tf.exp(tf.minimum(excess, MOST)), groups);
    factors = tf.mul(factors, tf.reshape(ratio, [-1, 1]));
  }
  return stopGradient(tf.reshape(factors, [-1, 1])) as tf.Tensor2D;
}
