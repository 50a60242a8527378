import { checkShare } from '../checks.ts';
import { checkRule } from './check-rule.ts';
import type { UpdateRule } from './update-rule.ts';

/**
 * Keeps a moving average of each weight beside it: a ← a + (1 − decay) (w − a). The average of the
 * first steps leans on the weights where it began, so the decay grows to its value as
 * min(decay, (1 + step) / (10 + step)).
 *
 * @param decay in [0, 1)
 * @throws ArgumentError
 */
export function withAverage(rule: UpdateRule, decay: number): UpdateRule {
  checkRule(rule);
  checkShare('decay', decay);
  return {
    slots: [...rule.slots, AVERAGE_SLOT],
    rateCount: rule.rateCount + 1,
    ratesAt: (learningRate, step) => [
      ...rule.ratesAt(learningRate, step),
      1 - Math.min(decay, (1 + step) / (10 + step)),
    ],
    update(ops, { weight, gradient, slots, rates }) {
      type T = typeof weight;
      const average = slots[rule.slots.length] as T;
      const share = rates[rule.rateCount] as T;
      const next = rule.update(ops, {
        weight,
        gradient,
        slots: slots.slice(0, rule.slots.length),
        rates: rates.slice(0, rule.rateCount),
      });
      const moved = ops.add(average, ops.mul(ops.sub(next.weight, average), share));
      return { weight: next.weight, slots: [...next.slots, moved] };
    },
  };
}

/** The slot's name, from which exports take averaged weights. */
export const AVERAGE_SLOT = 'ema';
