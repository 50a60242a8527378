import type { LatentCard } from './index.ts';
import { definitionOf } from './look-up.ts';

/** The size of a latent in words, as in `20 dimensions`: what its definition has beside them is said too. */
export function sizeInWords(latent: LatentCard): string {
  const { grid, levels, layers } = definitionOf(latent);
  if (grid) {
    const { grid: sides, codes, dim } = grid(latent);
    return `${sides.join(' × ')} codes out of ${codes}, of ${dim} dimensions each`;
  }
  const dimensions = `${latent.size} dimensions`;
  if (levels) return `${dimensions} in levels of ${levels(latent).join(', ')}`;
  if (!layers) return dimensions;
  const { flow, steps } = layers(latent);
  return `${dimensions}, ${steps} ${flow} steps`;
}
