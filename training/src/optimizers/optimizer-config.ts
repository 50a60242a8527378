import { ArgumentError } from '@latentkit/core';
import { checkAbove, checkAtLeast, checkOneOf } from '../checks.ts';
import { adam } from './adam.ts';
import { sgd } from './sgd.ts';
import type { UpdateRule } from './update-rule.ts';
import { withAverage } from './with-average.ts';

export const OPTIMIZERS = ['adam', 'adamw', 'sgd'] as const;
export type OptimizerName = (typeof OPTIMIZERS)[number];

/** How weights are changed; the step size is the run's learning rate. */
export interface OptimizerConfig {
  /** `'adam'` by default. */
  readonly optimizer?: OptimizerName | undefined;
  /** Share of a weight, times the learning rate, that adamw takes off in each step; ≥ 0, 0.01 by default. */
  readonly weightDecay?: number | undefined;
  /** Share of the last change that goes on in sgd's next; from 0 to below 1, 0.9 by default. */
  readonly momentum?: number | undefined;
  /** Longest gradient, over all weights together, that is taken as it is; > 0, no limit by default. */
  readonly clipNorm?: number | undefined;
  /**
   * Decay of a moving average of the weights, from 0 (none, the default) to below 1; 0.999, say. Where
   * it is on, the average is what is tested after each epoch and what is exported.
   */
  readonly weightAverage?: number | undefined;
}

export type ResolvedOptimizerConfig = {
  readonly [K in Exclude<keyof OptimizerConfig, 'clipNorm'>]-?: Exclude<
    OptimizerConfig[K],
    undefined
  >;
} & { readonly clipNorm?: number };

/**
 * Fills in the defaults of the optimiser and checks every setting.
 *
 * @throws ArgumentError for the first setting outside its domain, or that the optimiser does not have
 */
export function resolveOptimizerConfig(config: OptimizerConfig): ResolvedOptimizerConfig {
  const { optimizer = 'adam', clipNorm, weightAverage = 0 } = config;
  checkOneOf('optimizer', OPTIMIZERS, optimizer);
  const { weightDecay = optimizer === 'adamw' ? 0.01 : 0 } = config;
  const { momentum = optimizer === 'sgd' ? 0.9 : 0 } = config;
  checkAtLeast('weight decay', weightDecay, 0);
  checkShare('momentum', momentum);
  if (clipNorm !== undefined) checkAbove('clip norm', clipNorm, 0);
  checkShare('weight average', weightAverage);
  // Left alone, it would look as if it had been used.
  if (weightDecay > 0 && optimizer !== 'adamw') {
    throw new ArgumentError('weight decay', `none with ${optimizer} (adamw has one)`, weightDecay);
  }
  if (momentum > 0 && optimizer !== 'sgd') {
    throw new ArgumentError('momentum', `none with ${optimizer} (sgd has one)`, momentum);
  }
  const clip = clipNorm === undefined ? {} : { clipNorm };
  return { optimizer, weightDecay, momentum, ...clip, weightAverage };
}

function checkShare(name: string, value: number): void {
  if (!(value >= 0 && value < 1)) {
    throw new ArgumentError(name, 'a number from 0 to below 1', value);
  }
}

/** The rule that a configuration asks for. */
export function ruleOf({
  optimizer,
  weightDecay,
  momentum,
  weightAverage,
}: ResolvedOptimizerConfig): UpdateRule {
  const rule = optimizer === 'sgd' ? sgd({ momentum }) : adam({ weightDecay });
  return weightAverage > 0 ? withAverage(rule, weightAverage) : rule;
}
