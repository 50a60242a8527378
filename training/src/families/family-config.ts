import { ArgumentError, FAMILIES } from '@latentkit/core';
import { checkAbove, checkAtLeast, checkOneOf, checkPositiveInteger } from '../checks.ts';
import { FLOWS, type FlowName } from './flow.ts';
import { LIKELIHOOD_NAMES, type LikelihoodName, type Sigma } from './likelihood.ts';
import {
  ACTIVATIONS,
  type Activation,
  ARCHITECTURES,
  type Architecture,
} from './networks/network-config.ts';

export type FamilyName = (typeof FAMILIES)[number];

/** What defines a model, whatever it is trained on. Settings that a family has no use for are left alone. */
export interface FamilyConfig {
  /** `'vae'` by default. */
  readonly family?: FamilyName | undefined;
  /** `'mlp'` by default, `'conv'` for vq-vae. */
  readonly architecture?: Architecture | undefined;
  /** What stands between layers; `'relu'` by default, `'silu'` with resnet. */
  readonly activation?: Activation | undefined;
  /** Residual blocks at each size of the grid (resnet); 1 by default. */
  readonly blocks?: number | undefined;
  /** Size of the latent; 20 by default. */
  readonly latentSize?: number | undefined;
  /** Units of the encoder's dense layers, from the input inwards; the decoder mirrors them. [400] by default. */
  readonly hiddenSizes?: readonly number[] | undefined;
  /** Channels of the strided convolutions of `'conv'`, each halving height and width. [32, 64] by default. */
  readonly channels?: readonly number[] | undefined;
  /** Whether the encoder sees items less the mean of the training items, which speeds learning; true by default. */
  readonly centre?: boolean | undefined;
  /** `'bernoulli'` (cross-entropy from logits) by default; `'gaussian'` for vq-vae. */
  readonly likelihood?: LikelihoodName | undefined;
  /** σ of the Gaussian likelihood, or `'learned'`; 1 by default, 0.1 for vq-vae. */
  readonly sigma?: Sigma | undefined;
  /** Weight of the KL term, ≥ 0; 1 by default, 4 for beta-vae. */
  readonly beta?: number | undefined;
  /** Nats that each latent dimension may carry for free; 0 by default. */
  readonly freeBits?: number | undefined;
  /** Nats that the KL is pulled to, instead of to 0; off by default. */
  readonly capacity?: number | undefined;
  /** Posterior draws an item (iwae); 5 by default. */
  readonly samples?: number | undefined;
  /** Dimensions of each level, topmost first (hierarchical). [8, 16, 32] by default. */
  readonly levels?: readonly number[] | undefined;
  /** The posterior's transformation (flow); `'iaf'` by default. */
  readonly flow?: FlowName | undefined;
  /** Transformations in a row (flow); 4 by default. */
  readonly flowSteps?: number | undefined;
  /** Hidden units of each autoregressive network (flow, iaf); 128 by default. */
  readonly flowHidden?: number | undefined;
  /** Entries of the codebook (vq-vae); 128 by default. */
  readonly codes?: number | undefined;
  /** Dimensions of an entry (vq-vae); 16 by default. */
  readonly codeSize?: number | undefined;
  /** Weight of the commitment term (vq-vae); 0.25 by default. */
  readonly commitment?: number | undefined;
  /** Decay of the codebook's averages (vq-vae); 0.99 by default. */
  readonly codebookDecay?: number | undefined;
  /** Channels of the prior over codes (vq-vae); 64 by default. */
  readonly priorChannels?: number | undefined;
  /** Residual layers of the prior over codes (vq-vae); 3 by default. */
  readonly priorDepth?: number | undefined;
}

type Resolved<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };
export type ResolvedFamilyConfig = Resolved<Omit<FamilyConfig, 'capacity'>> & {
  readonly capacity?: number;
};

/** Where a family differs from the rest. */
const DEFAULTS: Partial<Record<FamilyName, FamilyConfig>> = {
  'beta-vae': { beta: 4 },
  hierarchical: { hiddenSizes: [512, 256, 128] },
  'vq-vae': { architecture: 'conv', likelihood: 'gaussian', sigma: 0.1 },
};

/** A latent has at most so many dimensions, a layer so many units. */
const MAX_SIZE = 65_536;

/**
 * Fills in the defaults of the family and checks every setting.
 *
 * @throws ArgumentError for the first setting outside its domain
 */
export function resolveFamilyConfig(config: FamilyConfig): ResolvedFamilyConfig {
  const { family = 'vae' } = config;
  checkOneOf('family', FAMILIES, family);
  const given = Object.fromEntries(
    Object.entries(config).filter(([, value]) => value !== undefined),
  ) as FamilyConfig;
  const {
    architecture = 'mlp',
    activation = architecture === 'resnet' ? 'silu' : 'relu',
    blocks = 1,
    latentSize = 20,
    hiddenSizes = [400],
    channels = [32, 64],
    centre = true,
    likelihood = 'bernoulli',
    sigma = 1,
    beta = 1,
    freeBits = 0,
    capacity,
    samples = 5,
    levels = [8, 16, 32],
    flow = 'iaf',
    flowSteps = 4,
    flowHidden = 128,
    codes = 128,
    codeSize = 16,
    commitment = 0.25,
    codebookDecay = 0.99,
    priorChannels = 64,
    priorDepth = 3,
  } = { ...DEFAULTS[family], ...given };

  checkOneOf('architecture', ARCHITECTURES, architecture);
  checkOneOf('activation', ACTIVATIONS, activation);
  checkPositiveInteger('blocks', blocks, 16);
  checkOneOf('likelihood', LIKELIHOOD_NAMES, likelihood);
  checkOneOf('flow', FLOWS, flow);
  checkPositiveInteger('latent size', latentSize, MAX_SIZE);
  checkSizes('hidden layer', hiddenSizes, 16);
  checkSizes('channel', channels, 6);
  if (channels.length === 0) throw new ArgumentError('channels', 'at least one convolution', '[]');
  if (typeof centre !== 'boolean') throw new ArgumentError('centre', 'true or false', centre);
  checkSizes('level', levels, 8);
  if (levels.length < 2) throw new ArgumentError('levels', 'at least 2 levels', levels);
  if (family === 'hierarchical' && hiddenSizes.length === 0) {
    throw new ArgumentError('hidden layers', 'at least one, for the width of each level', '[]');
  }
  if (sigma !== 'learned') checkAbove('sigma', sigma, 0);
  checkAtLeast('beta', beta, 0);
  checkAtLeast('free bits', freeBits, 0);
  if (capacity !== undefined) checkAtLeast('capacity', capacity, 0);
  checkPositiveInteger('samples', samples, 1000);
  checkPositiveInteger('flow steps', flowSteps, 64);
  checkPositiveInteger('flow hidden units', flowHidden, MAX_SIZE);
  checkPositiveInteger('codes', codes, MAX_SIZE);
  checkPositiveInteger('code size', codeSize, MAX_SIZE);
  checkAtLeast('commitment', commitment, 0);
  if (!(codebookDecay > 0 && codebookDecay < 1)) {
    throw new ArgumentError('codebook decay', 'a number between 0 and 1', codebookDecay);
  }
  checkPositiveInteger('prior channels', priorChannels, MAX_SIZE);
  checkPositiveInteger('prior depth', priorDepth, 64);
  if (family === 'vq-vae' && architecture === 'mlp') {
    throw new ArgumentError(
      'architecture',
      "'conv' or 'resnet' (codes lie on a grid)",
      architecture,
    );
  }
  return {
    family,
    architecture,
    activation,
    blocks,
    latentSize,
    hiddenSizes,
    channels,
    centre,
    likelihood,
    sigma,
    beta,
    freeBits,
    ...(capacity === undefined ? {} : { capacity }),
    samples,
    levels,
    flow,
    flowSteps,
    flowHidden,
    codes,
    codeSize,
    commitment,
    codebookDecay,
    priorChannels,
    priorDepth,
  };
}

function checkSizes(name: string, sizes: readonly number[], most: number): void {
  if (sizes.length > most) throw new ArgumentError(`${name}s`, `at most ${most}`, sizes.length);
  for (const size of sizes) checkPositiveInteger(`${name} size`, size, MAX_SIZE);
}
