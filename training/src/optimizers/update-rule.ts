import type { Arithmetic } from './arithmetic.ts';

/** What a rule computes with, for one element (or for all, where `T` is a tensor). */
export interface RuleInputs<T> {
  readonly weight: T;
  readonly gradient: T;
  /** In the order of {@link UpdateRule.slots}. */
  readonly slots: readonly T[];
  /** Numbers of this step, the same for all elements, in the order of {@link UpdateRule.ratesAt}. */
  readonly rates: readonly T[];
}

export interface RuleOutputs<T> {
  readonly weight: T;
  readonly slots: readonly T[];
}

/**
 * How an optimiser changes a weight. Schedules are in the rates, which are inputs of whatever the rule
 * is compiled to: another learning rate needs no other code.
 */
export interface UpdateRule {
  /** Names of the averages kept for each weight, as in checkpoints: `adam/m` and the like. */
  readonly slots: readonly string[];
  /** How many numbers {@link ratesAt} gives. */
  readonly rateCount: number;
  /** @param step from 1 */
  ratesAt(learningRate: number, step: number): number[];
  update<T>(ops: Arithmetic<T>, inputs: RuleInputs<T>): RuleOutputs<T>;
}
