import { sizeOf } from '@latentkit/core';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import type { GradientName } from '../settings/choices.ts';
import {
  gaussianLogDensity,
  importanceWeightedBound,
  standardNormalLogDensity,
  stopGradient,
} from './bounds.ts';
import type { FamilyModel, GraphInput } from './family.ts';
import { type GaussianPosterior, keepInRange, reparameterise } from './gaussian-posterior.ts';
import { repeatRows } from './importance-weights.ts';
import type { Likelihood } from './likelihood.ts';
import { dense } from './networks/layers.ts';
import type { NetworkConfig } from './networks/network-config.ts';
import { decoderNetwork, encoderNetwork } from './networks/networks.ts';
import { buffersOf, weightsOf } from './variables.ts';

export interface TwoLayerConfig extends NetworkConfig {
  readonly family: 'vae' | 'beta-vae' | 'iwae';
  /** Dimensions of h₂, the upper stochastic layer. */
  readonly latentSize: number;
  /** Dimensions of h₁, the lower one, which the items are told from. */
  readonly lowerLatentSize: number;
  /** Units of the dense layers from h₁ up to h₂; those from h₂ down to h₁ mirror them. */
  readonly upperHiddenSizes: readonly number[];
  readonly likelihood: Likelihood;
  readonly valueRange: readonly [number, number];
  /** Posterior draws an item: with 1 the bound is the ELBO. */
  readonly samples: number;
  /** How the gradient of the encoders is estimated. */
  readonly gradient: GradientName;
}

/**
 * VAEs and IWAEs of two stochastic layers (Burda et al. 2016, §5), each density of a layer a diagonal Gaussian:
 *
 *   p(h₂) p(h₁|h₂) p(x|h₁) with p(h₂) = N(0, I),   q(h₁|x) q(h₂|h₁)
 *
 * In the coordinates z = (h₂, e₁), e₁ = (h₁ − μ_p(h₂)) / σ_p(h₂), the prior is N(0, I), decoding is a function of z
 * alone, and ln q(z|x) = ln q(h₁|x) + ln q(h₂|h₁) + Σ ln σ_p(h₂). That is a flow: from the base Gaussian
 * (N(0, I), q(h₁|x)) two affine couplings (Dinh et al. 2017, §3.2) make of the one part h₂ given h₁, and of the
 * other e₁ given h₂.
 */
export function buildTwoLayers(config: TwoLayerConfig): FamilyModel {
  const { latentSize, lowerLatentSize, samples, likelihood, valueRange } = config;
  const itemSize = sizeOf(config.itemShape);
  const size = latentSize + lowerLatentSize;
  const lowerHeads = { mean: lowerLatentSize, log_var: lowerLatentSize };
  const encoder = encoderNetwork(config, lowerHeads);
  const upperEncoder = betweenLayers(config, 'upper_encoder');
  const upperDecoder = betweenLayers(config, 'upper_decoder');
  const decoder = decoderNetwork(config, lowerLatentSize);

  const upperOf = (z: tf.Tensor2D): tf.Tensor2D => tf.slice(z, [0, 0], [-1, latentSize]);
  const lowerOf = (z: tf.Tensor2D): tf.Tensor2D => tf.slice(z, [0, latentSize], [-1, -1]);
  const decode = (h1: tf.Tensor2D) => decoder.apply(h1) as tf.Tensor2D;

  /** Goes up from q(h₁|x), each part of ε for the layer that stands there in z. */
  const draw = (posterior: GaussianPosterior, eps: tf.Tensor2D) => {
    const h1 = reparameterise(posterior, lowerOf(eps));
    const upper = gaussian(upperEncoder, h1);
    const h2 = reparameterise(upper, upperOf(eps));
    const prior = gaussian(upperDecoder, h2);
    const e1 = tf.mul(tf.sub(h1, prior.mean), tf.exp(tf.mul(prior.logVar, -0.5)));
    const logVars = tf.concat2d([upper.logVar, tf.sub(posterior.logVar, prior.logVar)], 1);
    const logQ: tf.Tensor1D = tf.sub(
      standardNormalLogDensity(eps),
      tf.mul(tf.sum<tf.Tensor1D>(logVars, 1), 0.5),
    );
    return { h1, h2, z: tf.concat2d([h2, e1 as tf.Tensor2D], 1), logQ };
  };
  /**
   * ln q of draws, less the score in its gradient, which the draws held still have: sticking the landing (Roeder et al.
   * 2017, eq. 6), in which h₁ is a draw to the density of h₂ too.
   */
  const withoutScore = (
    { h1, h2, logQ }: ReturnType<typeof draw>,
    posterior: GaussianPosterior,
  ): tf.Tensor1D => {
    const still = stopGradient(h1);
    const upper = gaussian(upperEncoder, still);
    const score = tf.add(
      gaussianLogDensity(still, posterior),
      gaussianLogDensity(stopGradient(h2), upper),
    );
    return tf.sub(logQ, tf.sub(score, stopGradient(score)));
  };
  /** The base Gaussian of both layers from that of the lower one: of h₂ it is N(0, I). */
  const withUpper = (lower: tf.Tensor2D) =>
    tf.pad(lower, [
      [0, 0],
      [latentSize, 0],
    ]);

  const inputs: Record<'x' | 'eps' | 'z', GraphInput> = {
    x: { name: 'x', dtype: 'float32', shape: [itemSize], range: valueRange },
    eps: { name: 'eps', dtype: 'float32', shape: [size], range: [-3, 3] },
    z: { name: 'z', dtype: 'float32', shape: [size], range: [-3, 3] },
  };
  const networks = [encoder, upperEncoder, upperDecoder, decoder];
  return {
    itemSize,
    labels: 0,
    noiseSize: samples * size,
    weights: [...weightsOf(networks), ...likelihood.weights],
    buffers: buffersOf([encoder]),
    terms({ items, noise, beta }) {
      const { mean, logVar } = gaussian(encoder, items);
      const repeated = { mean: repeatRows(mean, samples), logVar: repeatRows(logVar, samples) };
      const made = draw(repeated, tf.reshape(noise, [-1, size]));
      const { h1, z } = made;
      const logQ = config.gradient === 'standard' ? made.logQ : withoutScore(made, repeated);
      const negative = likelihood.negativeLogLikelihood(repeatRows(items, samples), decode(h1));
      // ln q(z|x) − ln p(z), tempered by β as in a model of one layer.
      const logRatio = tf.sub(logQ, standardNormalLogDensity(z));
      const logWeights = tf.neg(tf.add(negative, tf.mul(beta, logRatio)));
      const bound = importanceWeightedBound(tf.reshape(logWeights, [-1, samples]));
      return {
        loss: tf.neg(tf.mean<tf.Scalar>(bound)),
        reconstruction: tf.mean<tf.Scalar>(negative),
        kl: tf.mean<tf.Scalar>(logRatio),
      };
    },
    likelihood,
    card: {
      family: config.family,
      latent: { kind: 'flow', size, flow: 'coupling', steps: 2 },
    },
    graphs: [
      {
        name: 'encoder',
        inputs: [inputs.x, inputs.eps],
        run(x, eps) {
          const posterior = gaussian(encoder, x as tf.Tensor2D);
          const { z, logQ } = draw(posterior, eps as tf.Tensor2D);
          const [mean, logVar] = [posterior.mean, posterior.logVar].map(withUpper);
          return { z, log_q: logQ, mean: mean as tf.Tensor, log_var: logVar as tf.Tensor };
        },
      },
      {
        name: 'decoder',
        inputs: [inputs.z],
        run(given) {
          const z = given as tf.Tensor2D;
          const h1 = reparameterise(gaussian(upperDecoder, upperOf(z)), lowerOf(z));
          return likelihood.outputs(decode(h1));
        },
      },
    ],
    dispose() {
      likelihood.dispose();
      for (const network of networks) network.dispose();
    },
  };
}

/** What a network says of a layer, given what is below it or above it. */
function gaussian(network: layers.LayersModel, given: tf.Tensor2D): GaussianPosterior {
  const [mean, logVar] = network.apply(given) as [tf.Tensor2D, tf.Tensor2D];
  return { mean, logVar: keepInRange(logVar) };
}

/** From one stochastic layer to the other: up, h₁ → the mean and ln σ² of h₂; or down, h₂ → those of h₁. */
function betweenLayers(
  { latentSize, lowerLatentSize, upperHiddenSizes, activation }: TwoLayerConfig,
  name: 'upper_encoder' | 'upper_decoder',
): layers.LayersModel {
  const up = name === 'upper_encoder';
  const [from, to] = up ? [lowerLatentSize, latentSize] : [latentSize, lowerLatentSize];
  const widths = up ? upperHiddenSizes : [...upperHiddenSizes].reverse();
  const given = layers.input({ shape: [from], name: 'h' });
  const top = widths.reduce(
    (below, units, i) => dense(`hidden_${i + 1}`, units, below, activation),
    given,
  );
  const outputs = ['mean', 'log_var'].map((head) => dense(head, to, top));
  return layers.model({ name, inputs: given, outputs });
}
