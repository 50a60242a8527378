import type { WholeCard } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LikelihoodName } from '../settings/choices.ts';
import { assign, type NamedVariable, zeroVariable } from './variables.ts';

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

/** A fixed standard deviation, or one that is learnt together with the weights. */
export type Sigma = number | 'learned';

export function createLikelihood(name: LikelihoodName, sigma: Sigma = 1): Likelihood {
  if (name === 'gaussian') return gaussian(sigma);
  return name === 'bernoulli' ? bernoulli() : continuousBernoulli();
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

/**
 * What ln σ is in the number that is learned. An optimiser such as Adam moves every weight by about the
 * learning rate a step: ln σ itself would take a thousand steps from σ = 1 to where pictures have it, 0.1,
 * and for as long the KL would weigh a hundred times what it should, and the latent collapse.
 */
const LOG_SIGMA_STEP = 10;

/** −ln N(x; mean, σ² I) = Σ ½ ((x − mean) / σ)² + ln σ + ½ ln 2π. */
function gaussian(sigma: Sigma): Likelihood {
  // A part of ln σ, so that σ stays positive; it begins at σ = 1.
  const learned =
    sigma === 'learned'
      ? { name: 'likelihood/scaled_log_sigma', variable: zeroVariable([]) }
      : undefined;
  const fixed = learned ? 0 : Math.log(sigma as number);
  const logSigma = () => (learned ? keepAbove(learned.variable) : tf.scalar(fixed));
  return {
    name: 'gaussian',
    weights: learned ? [learned] : [],
    negativeLogLikelihood(x, mean) {
      const log = logSigma();
      const scaled = tf.mul(tf.sub(x, mean), tf.exp(tf.neg(log)));
      const constant = tf.add(log, 0.5 * Math.log(2 * Math.PI));
      return tf.sum(tf.add(tf.mul(tf.square(scaled), 0.5), constant), 1);
    },
    outputs: (mean) => ({ mean }),
    card: () => ({
      kind: 'gaussian',
      sigma: learned ? Math.exp(tf.tidy(() => logSigma().dataSync()[0] as number)) : Number(sigma),
    }),
    adopt(card) {
      if (!learned || !('sigma' in card)) return;
      assign(learned.variable, Float32Array.of(Math.log(card.sigma) / LOG_SIGMA_STEP));
    },
    dispose: () => learned?.variable.dispose(),
  };
}

/** A σ learnt on data that a model can copy falls without end, and the likelihood with it grows without bound. */
const LEAST_LOG_SIGMA = Math.log(1e-3);

function keepAbove(scaled: tf.Variable): tf.Scalar {
  return tf.maximum(tf.mul<tf.Scalar>(scaled, LOG_SIGMA_STEP), LEAST_LOG_SIGMA);
}
