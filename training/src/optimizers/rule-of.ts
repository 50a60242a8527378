import type { ResolvedConfig } from '../settings/config.ts';
import { adam } from './adam.ts';
import { sgd } from './sgd.ts';
import type { UpdateRule } from './update-rule.ts';
import { withAverage } from './with-average.ts';

/** The rule that a configuration asks for. */
export function ruleOf({
  optimizer,
  weightDecay,
  momentum,
  weightAverage,
}: Pick<ResolvedConfig, 'optimizer' | 'weightDecay' | 'momentum' | 'weightAverage'>): UpdateRule {
  const rule =
    optimizer === 'sgd'
      ? sgd({ momentum })
      : adam({ weightDecay: optimizer === 'adamw' ? weightDecay : 0 });
  return weightAverage > 0 ? withAverage(rule, weightAverage) : rule;
}
