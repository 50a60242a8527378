import { gridOf, type ModelCard } from '@latentkit/web/wasm';
import type { ExplorerInfo } from '../data/format.ts';

/** How far a slider goes to either side, in standard deviations. */
export const REACH = 4;

/** One standard deviation of a dimension. */
export const deviationOf = ({ variance }: { readonly variance: number }): number =>
  Math.sqrt(Math.max(variance, 1e-6));

/** How much of each edit there is at most, by its name: of attributes, and of dimensions where they are no cells. */
export function reachOfEdits(
  { dimensions, directions }: Pick<ExplorerInfo, 'dimensions' | 'directions'>,
  card: ModelCard,
): ReadonlyMap<string, number> {
  const own = gridOf(card) ? [] : dimensions;
  return new Map([
    ...own.map((dimension, i) => [`z${i}`, REACH * deviationOf(dimension)] as const),
    ...directions.map(({ name }) => [name, REACH] as const),
  ]);
}
