import type { InterpolationPath } from '../latents/interpolate.ts';
import type { OneDraw, SampleOptions } from '../latents/noise.ts';
import type { Latents } from '../latents/vectors.ts';
import type { Decoded, DecodeOptions } from './decoder.ts';
import type { EmbedOptions } from './encoder.ts';

/** What is asked of an Autoencoder, by which names, and how a traversal is answered. */

/** Written out: bundlers keep what is spread, also where nothing asks for it. */
type Names<O> = Readonly<Record<keyof O, true>>;

/** How items are reconstructed. */
export interface ReconstructOptions extends EmbedOptions {
  /** Added to each embedding before it is decoded, [latentSize]: a direction of the latent space, times a step. */
  readonly offset?: Latents | undefined;
}

export const RECONSTRUCT: Names<ReconstructOptions> = {
  signal: true,
  condition: true,
  outside: true,
  pixels: true,
  offset: true,
};

/** What {@link Autoencoder.score} is asked. */
export interface ScoreOptions extends EmbedOptions, OneDraw {
  /** Of the posterior draw. */
  readonly seed: number;
  /**
   * Draws of each item for the importance-weighted bound, which comes nearer to ln p(x) the more there are; none by
   * default. Each is another pass through the decoder.
   */
  readonly importance?: number | undefined;
  /** Whether to tell where in an item the model is at a loss; false by default. */
  readonly maps?: boolean | undefined;
  /**
   * Whether to tell how usual the latents are by the mixture on the card; by default where the card keeps a threshold
   * of it.
   */
  readonly density?: boolean | undefined;
}

export const SCORE: Names<ScoreOptions> = {
  signal: true,
  condition: true,
  outside: true,
  pixels: true,
  seed: true,
  oneDraw: true,
  importance: true,
  maps: true,
  density: true,
};

export interface InterpolateOptions extends EmbedOptions {
  /** Frames, both ends included; at least 2. */
  readonly steps: number;
  /** `lerp` (the default) or `slerp`. */
  readonly path?: InterpolationPath | undefined;
}

export const INTERPOLATE: Names<InterpolateOptions> = {
  signal: true,
  condition: true,
  outside: true,
  pixels: true,
  steps: true,
  path: true,
};

/** Where {@link Autoencoder.sample} draws from. */
export type Sampler = 'prior' | 'mixture';

export interface PriorSampleOptions extends SampleOptions, DecodeOptions {
  /**
   * `'prior'` (the default), or the `'mixture'` of Gaussians on the card, which is nearer to where the latents of
   * data lie.
   */
  readonly sampler?: Sampler | undefined;
  /** Deviates beyond ± so many standard deviations are drawn anew: samples that are more alike. */
  readonly truncation?: number | undefined;
}

export const SAMPLE: Names<PriorSampleOptions> = {
  signal: true,
  condition: true,
  seed: true,
  temperature: true,
  sampler: true,
  truncation: true,
};

export interface EditOptions extends EmbedOptions {
  /** The level of a ladder that is edited, from 0, the most abstract; all of them by default. */
  readonly level?: number | undefined;
}

export const EDIT: Names<EditOptions> = {
  signal: true,
  condition: true,
  outside: true,
  pixels: true,
  level: true,
};

export interface SimilarItemsOptions extends EmbedOptions {
  readonly seed: number;
  /** Draws of each item; 1 by default. */
  readonly count?: number | undefined;
  /** Share of the variance that is drawn anew, from 0 (the item itself) to 1 (the prior); 0.2 by default. */
  readonly strength?: number | undefined;
}

export const SIMILAR: Names<SimilarItemsOptions> = {
  signal: true,
  condition: true,
  outside: true,
  pixels: true,
  seed: true,
  count: true,
  strength: true,
};

export interface AugmentOptions extends EmbedOptions {
  readonly seed: number;
  /** Draws of each item; 1 by default. */
  readonly count?: number | undefined;
  /** Factor on the posterior's standard deviation, ≥ 0; 1 by default. */
  readonly temperature?: number | undefined;
}

export const AUGMENT: Names<AugmentOptions> = {
  signal: true,
  condition: true,
  outside: true,
  pixels: true,
  seed: true,
  count: true,
  temperature: true,
};

export interface TraverseOptions extends EmbedOptions {
  /** Values that each dimension takes; 9 by default. */
  readonly steps?: number | undefined;
  /** They go from −range to range; 3 by default. */
  readonly range?: number | undefined;
  /** How many dimensions; all by default, those first that say most of the item. */
  readonly dimensions?: number | undefined;
}

export const TRAVERSE: Names<TraverseOptions> = {
  signal: true,
  condition: true,
  outside: true,
  pixels: true,
  steps: true,
  range: true,
  dimensions: true,
};

/** What {@link Autoencoder.traverse} gives. */
export interface Traversal extends Decoded {
  /** The dimension that each group of `steps` items goes along. */
  readonly dimensions: readonly number[];
}
