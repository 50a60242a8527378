import type { CodeUsage } from './code-usage.ts';

/** How a model uses its latents; what does not apply to its kind is left out. */
export interface Diagnostics {
  /** Gaussian latents: KL of each dimension from N(0, 1), the mean and variance of any prior, in nats. */
  readonly klByDimension?: readonly number[];
  /** Ladders: KL of each level from its prior, in nats, topmost first. */
  readonly klByLevel?: readonly number[];
  /** All but codes: dimensions whose centre varies over the items by more than `ACTIVE_VARIANCE`. */
  readonly activeUnits?: { readonly count: number; readonly of: number };
  /** Gaussian latents: what a draw tells about which item it is of. */
  readonly information?: Information;
  readonly codes?: CodeUsage;
  /** What is wrong, and what to do about it, in sentences. */
  readonly warnings: readonly string[];
}

/** The two parts of the mean KL, in nats: KL = mutual information + aggregate KL (Hoffman & Johnson 2016). */
export interface Information {
  /** I(n; z), at most ln of the number of items. */
  readonly mutual: number;
  /** KL of the posteriors' average from the prior. */
  readonly aggregateKl: number;
  readonly items: number;
}
