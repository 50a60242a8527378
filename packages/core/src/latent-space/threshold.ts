import { ArgumentError } from '../errors/index.ts';

/**
 * The score below which a share of ordinary items falls: of n scores, the one with ⌊share · n⌋ below it, so that at
 * most that share of them is taken for odd.
 *
 * @param scores of items that the model was not trained on, such as their ELBO
 * @param falseAlarms the share, above 0 and below 1
 * @throws ArgumentError for too few scores to tell such a share (fewer than 1 / falseAlarms), or none that is finite
 */
export function scoreThreshold(scores: ArrayLike<number>, falseAlarms: number): number {
  if (!(falseAlarms > 0 && falseAlarms < 1)) {
    throw new ArgumentError('falseAlarms', 'a share above 0 and below 1', falseAlarms);
  }
  const sorted = Float64Array.from(isList(scores) ? scores : [], (score) =>
    typeof score === 'number' ? score : Number.NaN,
  ).sort();
  const least = Math.ceil(1 / falseAlarms);
  if (sorted.length < least || !sorted.every(Number.isFinite)) {
    throw new ArgumentError(
      'scores',
      `at least ${least} finite numbers, to tell a share of ${falseAlarms}`,
      `${sorted.length} numbers`,
    );
  }
  return sorted[Math.floor(falseAlarms * sorted.length)] as number;
}

function isList(value: unknown): value is ArrayLike<number> {
  return typeof value === 'object' && value !== null && 'length' in value;
}
