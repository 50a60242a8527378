import type { Split } from '@latentkit/data';
import { standByClass } from './shown-items.ts';

/**
 * The ends of at most so many interpolations, as positions of items, each of another class than its partner where there is
 * one: half of the items lie between them where these stand class by class, and else they are as near the beginning as can
 * be. An item with itself where there is but one.
 */
export function interpolationEnds(
  split: Pick<Split, 'count' | 'labels'>,
  paths: number,
): [from: number, to: number][] {
  const { count, labels } = split;
  const all = Math.max(1, Math.min(paths, Math.floor(count / 2)));
  const byClass = standByClass(split);
  return Array.from({ length: all }, (_, i) => {
    const from = byClass ? Math.floor((i * count) / (2 * all)) : 2 * i;
    const nearest = byClass ? from + Math.floor(count / 2) : Math.min(from + 1, count - 1);
    for (let step = 0; step < count; step++) {
      const to = (nearest + step) % count;
      if (labels[to] !== labels[from]) return [from, to];
    }
    return [from, nearest];
  });
}
