import type { WholeCard } from '@latentkit/core';

/** A figure with its protocol, as a card holds it. */
export type Metric = WholeCard['metrics'][number];

/** A test figure, rounded to the digits that are worth keeping. */
export function testMetric(
  name: string,
  value: number,
  unit: string,
  { protocol, count }: { readonly protocol: string; readonly count: number },
  digits = 3,
): Metric {
  return { name, value: Number(value.toFixed(digits)), unit, protocol, split: 'test', count };
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}
