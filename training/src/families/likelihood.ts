import { ArgumentError, type WholeCard } from '@latentkit/core';
import { checkList } from '@latentkit/core/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { checkAbove, checkOneOf } from '../checks.ts';
import { LIKELIHOOD_NAMES, type LikelihoodName } from '../settings/choices.ts';
import { createSpread, type Sigma } from './spread.ts';
import type { NamedVariable } from './variables.ts';

/** p(x|z), given the decoder's output. */
export interface Likelihood {
  readonly name: LikelihoodName;
  /** What the likelihood itself has to learn. */
  readonly weights: readonly NamedVariable[];
  /**
   * −ln p(x|z) for each item, summed over its elements, in nats.
   *
   * @param x [n, itemSize]
   * @param parameter the decoder's output, [n, itemSize]
   * @returns [n]
   */
  negativeLogLikelihood(x: tf.Tensor2D, parameter: tf.Tensor2D): tf.Tensor1D;
  /** The decoder's output as named graph outputs; `mean` is the expectation of x, in data space. */
  outputs(parameter: tf.Tensor2D): Readonly<Record<string, tf.Tensor2D>>;
  /** As a card holds it, with what was learnt. */
  card(): WholeCard['likelihood'];
  /** Goes on from what was learnt of the likelihood on a card of the same kind. */
  adopt(card: WholeCard['likelihood']): void;
  dispose(): void;
}

/**
 * @param sigma of those with a spread: σ of a Gaussian, the scale of a Laplace or logistic distribution; above 0, in units
 *   of the values
 * @param range smallest and largest value of an element
 * @throws ArgumentError for another name, a spread that is none, or a likelihood that is not of values in the range
 */
export function createLikelihood(
  name: LikelihoodName,
  sigma: Sigma = 1,
  range: readonly [number, number] = [0, 1],
): Likelihood {
  checkOneOf('likelihood', LIKELIHOOD_NAMES, name);
  if (sigma !== 'learned') checkAbove('sigma', sigma, 0);
  checkRange(name, range);
  switch (name) {
    case 'bernoulli':
      return bernoulli();
    case 'continuous-bernoulli':
      return continuousBernoulli();
    case 'gaussian':
      return gaussian(sigma);
    case 'laplace':
      return laplace(sigma);
    case 'discretised-logistic':
      return discretisedLogistic(sigma, range);
  }
}

/** Of values in [0, 1] alone: the mean is a probability. */
const OF_SHARES: readonly LikelihoodName[] = ['bernoulli', 'continuous-bernoulli'];

/** @throws ArgumentError for a range that is none, or a likelihood that is not of values in it */
export function checkRange(name: LikelihoodName, range: readonly [number, number]): void {
  checkList('valueRange', range, '[smallest, largest]');
  const [low, high] = range;
  if (!(low < high && Number.isFinite(high - low))) {
    throw new ArgumentError('valueRange', '[smallest, largest]', range);
  }
  if (!OF_SHARES.includes(name) || (low >= 0 && high <= 1)) return;
  const fitting = LIKELIHOOD_NAMES.filter((other) => !OF_SHARES.includes(other));
  const wanted = `${fitting.map((other) => `'${other}'`).join(', ')} for values from ${low} to ${high} (or bring them to 0 to 1, which ${OF_SHARES.join(' and ')} are of)`;
  throw new ArgumentError('likelihood', wanted, name);
}

/**
 * Cross-entropy from logits l: softplus(l) − x·l, which is −x ln σ(l) − (1 − x) ln(1 − σ(l)) without
 * a logarithm of anything that may be 0. On grey values in [0, 1] it is a loss, not the likelihood of
 * a distribution over them.
 */
function crossEntropy(x: tf.Tensor2D, logits: tf.Tensor2D): tf.Tensor2D {
  return tf.sub(tf.softplus(logits), tf.mul(x, logits));
}

function bernoulli(): Likelihood {
  return {
    name: 'bernoulli',
    weights: [],
    negativeLogLikelihood: (x, logits) => tf.sum(crossEntropy(x, logits), 1),
    outputs: (logits) => ({ logits, mean: tf.sigmoid(logits) }),
    card: () => ({ kind: 'bernoulli' }),
    adopt() {},
    dispose() {},
  };
}

/** Below this the normaliser and the mean are taken from their series: the quotients tend to 0/0. */
const SMALL = 0.1;

/**
 * Takes `far` where |l| is above {@link SMALL} and `near` below. Both are computed everywhere, `far` on a
 * stand-in that is 1 where l is small, so that nothing is divided by 0. A product with a step instead of
 * a comparison, which has no gradient in tfjs, not even one of 0.
 */
function bySize(
  logits: tf.Tensor2D,
  near: (l: tf.Tensor) => tf.Tensor,
  far: (l: tf.Tensor) => tf.Tensor,
): tf.Tensor2D {
  const large = tf.step(tf.sub(tf.abs(logits), SMALL));
  const small = tf.sub(1, large);
  const away = tf.add(tf.mul(logits, large), small);
  // Likewise 0 where l is large: the series would overflow there, and a product with 0 not be 0.
  const close = tf.mul(logits, small);
  return tf.add(tf.mul(near(close), small), tf.mul(far(away), large)) as tf.Tensor2D;
}

/**
 * A density on [0, 1] (Loaiza-Ganem & Cunningham 2019): the cross-entropy minus ln C(l), with
 * C(l) = l / tanh(l/2) for the logit l, 2 + l²/6 − l⁴/360 near 0, and mean 1/(1 − e⁻ˡ) − 1/l,
 * ½ + l/12 − l³/720 near 0.
 */
function continuousBernoulli(): Likelihood {
  return {
    name: 'continuous-bernoulli',
    weights: [],
    negativeLogLikelihood(x, logits) {
      const series = (square: tf.Tensor) =>
        tf.add(2, tf.mul(square, tf.sub(1 / 6, tf.mul(square, 1 / 360))));
      const logNormaliser = bySize(
        logits,
        (l) => tf.log(series(tf.square(l))),
        (l) => tf.log(tf.div(l, tf.tanh(tf.mul(l, 0.5)))),
      );
      return tf.sum(tf.sub(crossEntropy(x, logits), logNormaliser), 1);
    },
    outputs(logits) {
      const mean = bySize(
        logits,
        (l) => tf.add(0.5, tf.mul(l, tf.sub(1 / 12, tf.mul(tf.square(l), 1 / 720)))),
        (l) => tf.sub(tf.div(1, tf.sub(1, tf.exp(tf.neg(l)))), tf.div(1, l)),
      );
      return { logits, mean };
    },
    card: () => ({ kind: 'continuous-bernoulli' }),
    adopt() {},
    dispose() {},
  };
}

/** −ln N(x; mean, σ² I) = Σ ½ ((x − mean) / σ)² + ln σ + ½ ln 2π. */
function gaussian(sigma: Sigma): Likelihood {
  const spread = createSpread('log_sigma', sigma);
  return {
    name: 'gaussian',
    weights: spread.weights,
    negativeLogLikelihood(x, mean) {
      const log = spread.log();
      const scaled = tf.mul(tf.sub(x, mean), tf.exp(tf.neg(log)));
      const constant = tf.add(log, 0.5 * Math.log(2 * Math.PI));
      return tf.sum(tf.add(tf.mul(tf.square(scaled), 0.5), constant), 1);
    },
    outputs: (mean) => ({ mean }),
    card: () => ({ kind: 'gaussian', sigma: spread.value() }),
    adopt(card) {
      if ('sigma' in card) spread.adopt(card.sigma);
    },
    dispose: spread.dispose,
  };
}

/** −ln p = Σ |x − mean| / b + ln 2b: its best mean is a median, which a few elements that are far off do not move. */
function laplace(sigma: Sigma): Likelihood {
  const spread = createSpread('log_scale', sigma);
  return {
    name: 'laplace',
    weights: spread.weights,
    negativeLogLikelihood(x, mean) {
      const log = spread.log();
      const scaled = tf.mul(tf.abs(tf.sub(x, mean)), tf.exp(tf.neg(log)));
      return tf.sum(tf.add(scaled, tf.add(log, Math.LN2)), 1);
    },
    outputs: (mean) => ({ mean }),
    card: () => ({ kind: 'laplace', scale: spread.value() }),
    adopt(card) {
      if ('scale' in card) spread.adopt(card.scale);
    },
    dispose: spread.dispose,
  };
}

/** Pixels have 8 bits. */
const LEVELS = 256;

/**
 * The mass of a logistic distribution between half a level below x and half a level above, and beyond the outermost
 * levels all of its tail (Kingma et al. 2016, appendix C.9; Salimans et al. 2017, §2.1): a probability, so that it is
 * bounded however well a model copies. With a = (x + δ − mean) / s and b = (x − δ − mean) / s,
 * ln(σ(a) − σ(b)) = −softplus(−a) − softplus(b) + ln(1 − e^(−2δ/s)), in which no two numbers cancel.
 */
function discretisedLogistic(sigma: Sigma, [low, high]: readonly [number, number]): Likelihood {
  const spread = createSpread('log_scale', sigma);
  const half = (high - low) / (LEVELS - 1) / 2;
  return {
    name: 'discretised-logistic',
    weights: spread.weights,
    negativeLogLikelihood(x, mean) {
      const inverse = tf.exp(tf.neg(spread.log()));
      const centred = tf.sub(x, mean);
      const a = tf.mul(tf.add(centred, half), inverse);
      const b = tf.mul(tf.sub(centred, half), inverse);
      // 1 where the element is not of the highest level, of the lowest; steps, since a comparison has no gradient.
      const notHighest = tf.step(tf.sub(high - half, x));
      const notLowest = tf.step(tf.sub(x, low + half));
      const outside = tf.add(
        tf.mul(notHighest, tf.softplus(tf.neg(a))),
        tf.mul(notLowest, tf.softplus(b)),
      );
      // 1 − e^(−w) = 2t / (1 + t) with t = tanh(w/2), exact for small w too.
      const t = tf.tanh(tf.mul(inverse, half));
      const logWidth = tf.sub(tf.log(tf.mul(t, 2)), tf.log(tf.add(t, 1)));
      const inner = tf.mul(notHighest, notLowest);
      return tf.sum(tf.sub(outside, tf.mul(inner, logWidth)), 1);
    },
    outputs: (mean) => ({ mean }),
    card: () => ({ kind: 'discretised-logistic', scale: spread.value(), levels: LEVELS }),
    adopt(card) {
      if ('scale' in card) spread.adopt(card.scale);
    },
    dispose: spread.dispose,
  };
}
