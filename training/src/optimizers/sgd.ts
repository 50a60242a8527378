import { checkOptions } from '@latentkit/core/runtime';
import { checkShare } from '../checks.ts';
import type { UpdateRule } from './update-rule.ts';

export interface SgdOptions {
  /** Share of the last change that goes on (Polyak 1964); 0.9 by default. */
  readonly momentum?: number;
}

/** Gradient descent with momentum: u ← momentum · u + g, w ← w − rate · u (Sutskever et al. 2013, as PyTorch has it). @throws ArgumentError */
export function sgd(options: SgdOptions = {}): UpdateRule {
  checkOptions(options);
  const { momentum = 0.9 } = options;
  checkShare('momentum', momentum);
  return {
    slots: ['sgd/momentum'],
    rateCount: 1,
    ratesAt: (learningRate) => [learningRate],
    update({ constant, add, sub, mul }, { weight, gradient, slots, rates }) {
      type T = typeof weight;
      const [momentumSlot] = slots as [T];
      const [rate] = rates as [T];
      const next = add(mul(momentumSlot, constant(momentum)), gradient);
      return { weight: sub(weight, mul(next, rate)), slots: [next] };
    },
  };
}
