import type { ModelCard } from '@latentkit/core';
import type { Io } from '../io.ts';

/**
 * Says that a condition which was asked for counts for all items, where they have labels of their own that the model knows
 * and that would have been taken without it.
 *
 * @param labels those of the items, or their classes
 */
export function tellLabelsUnused(
  condition: string | undefined,
  card: Pick<ModelCard, 'condition'>,
  labels: readonly string[] | undefined,
  io: Io,
): void {
  const known = card.condition?.labels;
  if (condition === undefined || !known || !labels?.every((label) => known.includes(label))) return;
  const other = labels.find((label) => label !== condition);
  if (other === undefined) return;
  io.err(
    `--condition ${condition} counts for all items; their own labels (${other}, …) are not used. Leave it out to take those.`,
  );
}
