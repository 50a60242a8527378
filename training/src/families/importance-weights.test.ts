import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
// Registers the gradients.
import '@tensorflow/tfjs-layers';
import { chooseBackend } from '../backends/choose-backend.ts';
import type { BoundName, GradientName } from '../settings/choices.ts';
import { gaussianLogDensity } from './bounds.ts';
import type { GaussianPosterior } from './gaussian-posterior.ts';
import { importanceWeightedLoss, type WeighDraws } from './importance-weights.ts';

beforeAll(() => chooseBackend('cpu'));

/**
 * Two items of two groups of two draws each, one dimension: z = μ + σ ε, and ln w = θ z − ln q(z). All gradients are
 * known: of ln w by μ, θ, and θ + ε / σ where the density is held still; by ln σ², that times ½ σ ε, and ½ more where
 * the density moves too.
 */
const [ITEMS, GROUPS, SAMPLES, THETA] = [2, 2, 2, 0.7];
const DRAWS = GROUPS * SAMPLES;
const NOISE = [0.3, -1.2, 0.8, 2, -0.5, 0.1, 1.4, -2.1];
const MEANS = [0.1, 0.1, 0.1, 0.1, -0.6, -0.6, -0.6, -0.6];
const LOG_VARS = [-0.4, -0.4, -0.4, -0.4, 0.3, 0.3, 0.3, 0.3];

const column = (values: readonly number[]) => tf.tensor2d([...values], [values.length, 1]);

const draws = NOISE.map((noise, i) => {
  const sigma = Math.exp((LOG_VARS[i] as number) / 2);
  const z = (MEANS[i] as number) + sigma * noise;
  const logQ = -0.5 * (noise ** 2 + Math.log(2 * Math.PI)) - Math.log(sigma);
  const path = THETA + noise / sigma;
  return {
    z,
    logWeight: THETA * z - logQ,
    moving: { mean: THETA, logVar: THETA * 0.5 * sigma * noise + 0.5 },
    still: { mean: path, logVar: path * 0.5 * sigma * noise },
  };
});

/** The share of each draw's weight in those of the `size` draws that it stands among. */
const shares = (size: number) =>
  draws.map(({ logWeight }, i) => {
    const first = i - (i % size);
    const group = draws.slice(first, first + size);
    const sum = group.reduce((total, draw) => total + Math.exp(draw.logWeight), 0);
    return Math.exp(logWeight) / sum;
  });

/** The mean over groups of ln of the mean weight. */
const boundOf = (size: number) => {
  let sum = 0;
  for (let first = 0; first < draws.length; first += size) {
    const group = draws.slice(first, first + size);
    const mean = group.reduce((total, draw) => total + Math.exp(draw.logWeight), 0) / size;
    sum += Math.log(mean) / (draws.length / size);
  }
  return sum;
};

/** The loss, and its gradients by the posterior of each draw and by θ, which stands for the decoder. */
function found(bound: BoundName, gradient: GradientName) {
  const loss = (mean: tf.Tensor, logVar: tf.Tensor, theta: tf.Tensor) => {
    const weigh: WeighDraws = (drawn: GaussianPosterior, density = drawn) => {
      const sigma = tf.exp(tf.mul(drawn.logVar, 0.5));
      const z: tf.Tensor2D = tf.add(drawn.mean, tf.mul(sigma, column(NOISE)));
      const logP: tf.Tensor1D = tf.reshape(tf.mul(z, theta), [-1]);
      return tf.sub(logP, gaussianLogDensity(z, density));
    };
    return importanceWeightedLoss({ mean, logVar } as GaussianPosterior, weigh, {
      samples: SAMPLES,
      groups: GROUPS,
      bound,
      gradient,
    });
  };
  const at = [column(MEANS), column(LOG_VARS), tf.scalar(THETA)];
  const { value, grads } = tf.valueAndGrads((mean, logVar, theta) =>
    loss(mean as tf.Tensor, logVar as tf.Tensor, theta as tf.Tensor),
  )(at);
  const [mean = [], logVar = [], theta = []] = grads.map((grad) => [...grad.dataSync()]);
  return { value: value.dataSync()[0], mean, logVar, theta: theta[0] };
}

const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 4));

describe.each<[BoundName, number, number]>([
  // The draws that the value averages over, and those that the encoder's gradient is of.
  ['iwae', DRAWS, DRAWS],
  ['miwae', SAMPLES, SAMPLES],
  ['piwae', DRAWS, SAMPLES],
])('%s', (bound, together, encoders) => {
  const groupsOf = (size: number) => (ITEMS * DRAWS) / size;

  test.each<[GradientName]>([['standard'], ['stl'], ['dreg']])(
    '%s: the negative bound, and the gradients in closed form',
    (gradient) => {
      const { value, mean, logVar, theta } = found(bound, gradient);
      expect(value).toBeCloseTo(-boundOf(together), 4);
      const weights = shares(encoders).map(
        (share) => (gradient === 'dreg' ? share ** 2 : share) / groupsOf(encoders),
      );
      const slopes = draws.map(({ moving, still }) => (gradient === 'standard' ? moving : still));
      const steps = (of: 'mean' | 'logVar') =>
        close(slopes.map((slope, i) => -(weights[i] as number) * slope[of]));
      expect(mean).toEqual(steps('mean'));
      expect(logVar).toEqual(steps('logVar'));
      // The decoder’s is that of the value, whatever the encoder is given.
      const decoders = shares(together).reduce(
        (sum, share, i) => sum - (share * (draws[i] as { z: number }).z) / groupsOf(together),
        0,
      );
      expect(theta).toBeCloseTo(decoders, 4);
    },
  );
});
