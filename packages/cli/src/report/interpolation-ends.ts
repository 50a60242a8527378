import type { Split } from '@latentkit/data';

/**
 * The ends of at most so many interpolations, as positions of items: each of another class than its partner where there
 * is one. Half of the items lie between them, since those of folders stand class by class; an item with itself where there
 * is but one.
 */
export function interpolationEnds(
  { count, labels }: Pick<Split, 'count' | 'labels'>,
  paths: number,
): [from: number, to: number][] {
  const all = Math.max(1, Math.min(paths, Math.floor(count / 2)));
  return Array.from({ length: all }, (_, i) => {
    const from = Math.floor((i * count) / (2 * all));
    const half = from + Math.floor(count / 2);
    for (let step = 0; step < count; step++) {
      const to = (half + step) % count;
      if (labels[to] !== labels[from]) return [from, to];
    }
    return [from, half];
  });
}
