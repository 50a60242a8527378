import { FAMILIES } from '@latentkit/core';

/** The names that settings choose among. What each means is written where it is made. */

export { FAMILIES };
export type FamilyName = (typeof FAMILIES)[number];

export const DATASET_NAMES = ['strokes', 'mnist', 'files', 'arrays'] as const;
/** Drawn in code; the handwritten digits; pictures of one's own; or what a program gives. */
export type DatasetName = (typeof DATASET_NAMES)[number];

export const BINARISATIONS = ['none', 'static', 'dynamic'] as const;
/** Grey values as they are; drawn to 0 or 1 once; or each time an item is met. */
export type Binarisation = (typeof BINARISATIONS)[number];

export const ARCHITECTURES = ['mlp', 'conv', 'resnet'] as const;
/**
 * Fully connected layers; or around them strided convolutions and their transposes; or those with
 * residual blocks between.
 */
export type Architecture = (typeof ARCHITECTURES)[number];

export const ACTIVATIONS = ['relu', 'elu', 'silu', 'tanh', 'gated'] as const;
/**
 * What stands between layers: max(0, x); x or eˣ − 1 (Clevert et al. 2016); x · σ(x); tanh x; or x · σ(g), where a second
 * layer of the same input gives g (Dauphin et al. 2017, "Language modeling with gated convolutional networks", eq. 1).
 */
export type Activation = (typeof ACTIVATIONS)[number];

export const LIKELIHOOD_NAMES = [
  'bernoulli',
  'continuous-bernoulli',
  'gaussian',
  'laplace',
  'discretised-logistic',
] as const;
export type LikelihoodName = (typeof LIKELIHOOD_NAMES)[number];

export const FLOWS = ['planar', 'iaf'] as const;
export type FlowName = (typeof FLOWS)[number];

export const PRIORS = ['normal', 'vamp'] as const;
/** What latents are drawn from: N(0, I), or a mixture of the posteriors of learned pseudo-inputs. */
export type PriorName = (typeof PRIORS)[number];

export const PRIOR_POSITIONS = ['unseen', 'learned'] as const;
/** A prior over codes sees those before a cell alone; or knows too where on the grid the cell lies. */
export type PriorPosition = (typeof PRIOR_POSITIONS)[number];

export const BETA_SCHEDULES = ['constant', 'warm-up', 'cyclical'] as const;
/** How the weight of the KL comes to its value over the run. */
export type BetaSchedule = (typeof BETA_SCHEDULES)[number];

export const GRADIENTS = ['standard', 'stl', 'dreg'] as const;
/** How the gradient of the encoder is estimated: by the whole bound, sticking the landing, or doubly reparameterised. */
export type GradientName = (typeof GRADIENTS)[number];

export const BOUNDS = ['iwae', 'miwae', 'piwae'] as const;
/** What the draws of an item come to: one bound, the mean of bounds by groups, or the one and for the encoder the other. */
export type BoundName = (typeof BOUNDS)[number];

export const RATE_SCHEDULES = ['constant', 'cosine'] as const;
export type RateSchedule = (typeof RATE_SCHEDULES)[number];

export const OPTIMIZERS = ['adam', 'adamw', 'sgd'] as const;
export type OptimizerName = (typeof OPTIMIZERS)[number];

export const BACKEND_NAMES = ['tfjs-node', 'wasm', 'cpu'] as const;
/** Where the tensors are computed: libtensorflow, WebAssembly, or plain JavaScript. */
export type BackendName = (typeof BACKEND_NAMES)[number];

export const ENGINE_NAMES = ['onnx', 'tfjs'] as const;
/** What runs a step: the step compiled for ONNX Runtime, or tfjs operation by operation. */
export type EngineName = (typeof ENGINE_NAMES)[number];
