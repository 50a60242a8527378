import { levelsOf, type ModelCard } from '@latentkit/web/wasm';

type Card = Pick<ModelCard, 'latent'>;

/** The dimensions of a level of a ladder, from the first to before the last; level 0 is the topmost. */
export function rangeOfLevel(
  card: Card,
  level: number,
): { readonly from: number; readonly to: number } {
  const sizes = levelsOf(card);
  const from = sizes.slice(0, level).reduce((sum, size) => sum + size, 0);
  return { from, to: from + (sizes[level] ?? 0) };
}

/** The names of the levels, the topmost first; empty where there is one alone. */
export function namesOfLevels(card: Card): string[] {
  const sizes = levelsOf(card);
  if (sizes.length === 1) return [];
  const place = (level: number) =>
    level === 0 ? ', the most abstract' : level === sizes.length - 1 ? ', the finest' : '';
  return sizes.map((_, level) => `level ${level + 1}${place(level)}`);
}
