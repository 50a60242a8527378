import { gridOf, type ModelCard } from '@latentkit/web/wasm';

/** Cells of the grid that a latent of codes is; 0 for any other latent. */
export function cellsOf(card: Pick<ModelCard, 'latent'>): number {
  const [height = 0, width = 0] = gridOf(card)?.grid ?? [];
  return height * width;
}

/**
 * The codes whose entries are nearest to that of one, by Euclidean distance, the nearest first.
 *
 * @param entries [codes × dim]
 */
export function nearestCodes(
  entries: Float32Array,
  dim: number,
  code: number,
  k: number,
): number[] {
  const far = (other: number) => {
    let sum = 0;
    for (let i = 0; i < dim; i++) {
      sum += ((entries[other * dim + i] as number) - (entries[code * dim + i] as number)) ** 2;
    }
    return sum;
  };
  return Array.from({ length: entries.length / dim }, (_, other) => other)
    .filter((other) => other !== code)
    .map((other) => ({ other, distance: far(other) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, k)
    .map(({ other }) => other);
}
