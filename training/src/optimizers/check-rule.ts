import { ArgumentError } from '@latentkit/core';
import type { UpdateRule } from './update-rule.ts';

/** @throws ArgumentError for what is no rule */
export function checkRule(rule: UpdateRule): void {
  const fits = Array.isArray(rule?.slots) && [rule.ratesAt, rule.update].every(isFunction);
  if (!fits) throw new ArgumentError('rule', 'an update rule, such as adam()', rule);
}

const isFunction = (value: unknown) => typeof value === 'function';
