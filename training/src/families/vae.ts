import { sizeOf } from '@latentkit/core';
import { checkInteger, checkMethod, checkNames } from '@latentkit/core/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { checkOneOf, checkPositiveInteger } from '../checks.ts';
import { BOUNDS, type BoundName, GRADIENTS, type GradientName } from '../settings/choices.ts';
import { MAX_SIZE } from '../settings/domain.ts';
import {
  gaussianLogDensity,
  type KlTerm,
  klTerm,
  standardNormalLogDensity,
  stopGradient,
} from './bounds.ts';
import type { Batch, FamilyModel, GraphInput, LearnedPrior, TermTensors } from './family.ts';
import {
  type GaussianPosterior,
  gaussianKlByDimension,
  keepInRange,
  reparameterise,
} from './gaussian-posterior.ts';
import { importanceWeightedLoss, repeatRows } from './importance-weights.ts';
import { checkRange, type Likelihood } from './likelihood.ts';
import { mixtureLogDensity } from './mixture-density.ts';
import { checkNetwork } from './networks/check-network.ts';
import type { NetworkConfig } from './networks/network-config.ts';
import { decoderNetwork, encoderNetwork } from './networks/networks.ts';
import { createPseudoInputs } from './pseudo-inputs.ts';
import { standardiseLatents } from './standardise-latents.ts';
import { buffersOf, weightsOf } from './variables.ts';

interface CompleteVaeConfig extends NetworkConfig {
  readonly family: 'vae' | 'beta-vae' | 'iwae' | 'cvae';
  readonly latentSize: number;
  readonly likelihood: Likelihood;
  readonly valueRange: readonly [number, number];
  readonly kl: KlTerm;
  /** Posterior draws an item, of each group; more than 1 in all makes the bound importance-weighted. */
  readonly samples: number;
  /** Groups of draws, and what they come to. */
  readonly groups: number;
  readonly bound: BoundName;
  /** How the gradient of the encoder is estimated. */
  readonly gradient: GradientName;
  /** Pseudo-inputs of a VampPrior; 0 for the prior N(0, I). Not of a conditional model. */
  readonly pseudoInputs: number;
}

/** What a VAE is made of; all but the items, the latent and the likelihood is as in {@link PLAIN} by default. */
export type VaeConfig = Pick<CompleteVaeConfig, 'itemShape' | 'latentSize' | 'likelihood'> &
  Partial<CompleteVaeConfig>;

/** The VAE of Kingma & Welling 2014: one dense layer on either side, the whole KL, one draw an item. */
const PLAIN = {
  family: 'vae',
  architecture: 'mlp',
  activation: 'relu',
  blocks: 1,
  hiddenSizes: [400],
  channels: [32, 64],
  labels: 0,
  valueRange: [0, 1],
  kl: { freeBits: 0, towardsCapacity: false },
  samples: 1,
  groups: 1,
  bound: 'iwae',
  gradient: 'standard',
  pseudoInputs: 0,
} as const satisfies Partial<CompleteVaeConfig>;

const OPTIONS: Readonly<Record<keyof CompleteVaeConfig, true>> = {
  itemShape: true,
  latentSize: true,
  likelihood: true,
  family: true,
  architecture: true,
  activation: true,
  blocks: true,
  hiddenSizes: true,
  channels: true,
  labels: true,
  centre: true,
  valueRange: true,
  kl: true,
  samples: true,
  groups: true,
  bound: true,
  gradient: true,
  pseudoInputs: true,
};

/**
 * Variational autoencoders with a diagonal Gaussian posterior (Kingma & Welling 2014): plain, with β
 * or a capacity on the KL (Higgins et al. 2017; Burgess et al. 2018), importance-weighted (Burda et
 * al. 2016), and conditional on labels (Sohn et al. 2015); each but the last with a prior N(0, I), or a VampPrior, the
 * mixture of the posteriors of pseudo-inputs that are learned (Tomczak & Welling 2018, §3).
 *
 * All weights are zero, from where nothing is learned of the latent: give them values before they are trained, with
 * `drawWeights(model.weights, seed)`, or those of an exported model with `assignFromGraphs`.
 *
 * @throws ArgumentError for an unknown option, a size or name outside its domain, and a likelihood that is not of values in
 *   the range
 */
export function buildVae(given: VaeConfig): FamilyModel {
  checkNames(given, OPTIONS, '{ itemShape: [28, 28, 1], latentSize: 20, likelihood }');
  const config: CompleteVaeConfig = { ...PLAIN, ...given };
  checkVae(config);
  const { latentSize, likelihood, labels } = config;
  const draws = config.samples * config.groups;
  const itemSize = sizeOf(config.itemShape);
  const encoder = encoderNetwork(config, { mean: latentSize, log_var: latentSize });
  const decoder = decoderNetwork(config, latentSize);

  const encode = (x: tf.Tensor2D, y?: tf.Tensor2D) => {
    const [mean, logVar] = encoder.apply(y ? [x, y] : x) as [tf.Tensor2D, tf.Tensor2D];
    return { mean, logVar: keepInRange(logVar) };
  };
  const decode = (z: tf.Tensor2D, y?: tf.Tensor2D) => decoder.apply(y ? [z, y] : z) as tf.Tensor2D;

  const pseudoInputs =
    config.pseudoInputs > 0
      ? createPseudoInputs(config.pseudoInputs, itemSize, config.valueRange)
      : undefined;
  /** ln p(z) of rows, with the weights of now. */
  const prior = () =>
    pseudoInputs ? mixtureLogDensity(encode(pseudoInputs.values())) : standardNormalLogDensity;

  const elbo = ({ items, labels: y, noise, beta, capacity }: Batch): TermTensors => {
    const posterior = encode(items, y);
    const z = reparameterise(posterior, noise);
    const parameter = decode(z, y);
    const reconstruction = tf.mean<tf.Scalar>(likelihood.negativeLogLikelihood(items, parameter));
    const sampled = () => {
      const logQ =
        config.gradient === 'standard'
          ? drawnLogDensity(noise, posterior)
          : pathwiseLogDensity(z, posterior);
      return tf.mean<tf.Scalar>(tf.sub(logQ, prior()(z)));
    };
    if (pseudoInputs) {
      // From a mixture a KL has no closed form: it is estimated from the draw (Tomczak & Welling 2018, §2).
      const kl = sampled();
      return { loss: tf.add(reconstruction, tf.mul(beta, kl)), reconstruction, kl };
    }
    const byDimension = gaussianKlByDimension(posterior);
    const kl = tf.mean<tf.Scalar>(tf.sum(byDimension, 1));
    const term =
      config.gradient === 'standard'
        ? klTerm(byDimension, config.kl, { beta, capacity })
        : tf.mul<tf.Scalar>(beta, sampled());
    return { loss: tf.add(reconstruction, term), reconstruction, kl };
  };

  /**
   * Every item is repeated for each of its draws; the encoder runs once. β tempers p(z)/q(z|x) in the
   * weights, so that it can be warmed up as the KL is.
   */
  const importanceWeighted = ({ items, labels: y, noise, beta }: Batch): TermTensors => {
    const n = items.shape[0];
    const repeat = (rows: tf.Tensor2D) => repeatRows(rows, draws);
    const posterior = encode(items, y);
    const repeated = { mean: repeat(posterior.mean), logVar: repeat(posterior.logVar) };
    const eps: tf.Tensor2D = tf.reshape(noise, [n * draws, latentSize]);
    const [repeatedItems, repeatedLabels] = [repeat(items), y && repeat(y)];
    const logPrior = prior();
    // Of each pass over the draws; the last is the one whose bound is taken.
    const negatives: tf.Tensor1D[] = [];
    const logRatios: tf.Tensor1D[] = [];
    const weigh = (drawn: GaussianPosterior, density?: GaussianPosterior) => {
      const z = reparameterise(drawn, eps);
      const negative = likelihood.negativeLogLikelihood(repeatedItems, decode(z, repeatedLabels));
      negatives.push(negative);
      const logQ = density ? gaussianLogDensity(z, density) : drawnLogDensity(eps, drawn);
      const logRatio: tf.Tensor1D = tf.sub(logPrior(z), logQ);
      logRatios.push(logRatio);
      return tf.sub<tf.Tensor1D>(tf.mul(beta, logRatio), negative);
    };
    const loss = importanceWeightedLoss(repeated, weigh, config);
    return {
      loss,
      reconstruction: tf.mean<tf.Scalar>(negatives.at(-1) as tf.Tensor1D),
      kl: pseudoInputs
        ? tf.neg(tf.mean<tf.Scalar>(logRatios.at(-1) as tf.Tensor1D))
        : tf.mean<tf.Scalar>(tf.sum(gaussianKlByDimension(posterior), 1)),
    };
  };

  const learned: LearnedPrior | undefined = pseudoInputs && {
    pseudoInputs,
    components() {
      const [mean, deviation] = tf.tidy(() => {
        const { mean, logVar } = encode(pseudoInputs.values());
        return [mean, tf.exp(tf.mul(logVar, 0.5))].map((rows) => rows.dataSync<'float32'>());
      }) as [Float32Array, Float32Array];
      const row = (of: Float32Array, k: number) =>
        Float64Array.from(of.subarray(k * latentSize, (k + 1) * latentSize));
      return Array.from({ length: pseudoInputs.count }, (_, k) => ({
        weight: 1 / pseudoInputs.count,
        mean: row(mean, k),
        factor: row(deviation, k),
      }));
    },
    standardise() {
      const layer = (name: string) =>
        weightsOf([encoder]).filter((weight) => weight.name.startsWith(`encoder/${name}/`));
      standardiseLatents(this.components(), {
        mean: layer('mean'),
        logVar: layer('log_var'),
        decoder: weightsOf([decoder]).slice(0, 2),
      });
    },
  };

  const x: GraphInput = {
    name: 'x',
    dtype: 'float32',
    shape: [itemSize],
    range: config.valueRange,
  };
  const z: GraphInput = { name: 'z', dtype: 'float32', shape: [latentSize], range: [-3, 3] };
  const y: GraphInput[] =
    labels > 0 ? [{ name: 'y', dtype: 'float32', shape: [labels], range: [0, 1] }] : [];
  return {
    itemSize,
    labels,
    noiseSize: draws * latentSize,
    weights: [
      ...weightsOf([encoder, decoder]),
      ...likelihood.weights,
      ...(pseudoInputs?.weights ?? []),
    ],
    buffers: buffersOf([encoder]),
    terms: draws > 1 ? importanceWeighted : elbo,
    likelihood,
    prior: learned,
    card: { family: config.family, latent: { kind: 'gaussian', size: latentSize } },
    graphs: [
      {
        name: 'encoder',
        inputs: [x, ...y],
        run(items, given) {
          const posterior = encode(items as tf.Tensor2D, given as tf.Tensor2D | undefined);
          return { mean: posterior.mean, log_var: posterior.logVar };
        },
      },
      {
        name: 'decoder',
        inputs: [z, ...y],
        run: (latent, given) =>
          likelihood.outputs(decode(latent as tf.Tensor2D, given as tf.Tensor2D | undefined)),
      },
    ],
    dispose() {
      pseudoInputs?.dispose();
      likelihood.dispose();
      encoder.dispose();
      decoder.dispose();
    },
  };
}

function checkVae(config: CompleteVaeConfig): void {
  checkNetwork(config);
  checkPositiveInteger('latentSize', config.latentSize, MAX_SIZE);
  const { likelihood } = config;
  checkMethod('likelihood', likelihood, 'negativeLogLikelihood', 'one that createLikelihood makes');
  checkRange(likelihood.name, config.valueRange);
  checkPositiveInteger('samples', config.samples, MAX_SIZE);
  checkPositiveInteger('groups', config.groups, MAX_SIZE);
  checkInteger('pseudoInputs', config.pseudoInputs, 0, MAX_SIZE);
  checkOneOf('bound', BOUNDS, config.bound);
  checkOneOf('gradient', GRADIENTS, config.gradient);
}

/** ln q(z|x) of a draw follows from its ε: ln N(ε; 0, I) − ½ Σ ln σ². */
function drawnLogDensity(eps: tf.Tensor2D, { logVar }: GaussianPosterior): tf.Tensor1D {
  return tf.sub(standardNormalLogDensity(eps), tf.mul(tf.sum<tf.Tensor1D>(logVar, 1), 0.5));
}

/**
 * ln q(z|x) of draws with a gradient by way of the draw alone (Roeder et al. 2017, eq. 6): less ln p(z), none where the
 * posterior is exact, where that of the KL in closed form still varies from draw to draw.
 */
function pathwiseLogDensity(z: tf.Tensor2D, { mean, logVar }: GaussianPosterior): tf.Tensor1D {
  return gaussianLogDensity(z, { mean: stopGradient(mean), logVar: stopGradient(logVar) });
}
