import { InputError, type ModelCard } from '@latentkit/core';
import { folderNameOf } from '@latentkit/system';
import { someNames } from '../some-names.ts';

/** Names that a message lists. */
const SHOWN = 3;

/**
 * What a conditional model is told of each item: the label that its source gives it, or the folder that it lies in, as
 * far as these are labels of the card.
 *
 * @returns in the order of the items; undefined for an unconditional model
 * @throws InputError for items that have none
 */
export function conditionLabels(
  items: readonly { readonly id: string; readonly label?: string | undefined }[],
  { condition }: Pick<ModelCard, 'condition'>,
): readonly string[] | undefined {
  if (!condition) return undefined;
  const known = new Set(condition.labels);
  const without: string[] = [];
  const labels = items.map(({ id, label }) => {
    const found = [label, folderNameOf(id)].find((name) => name !== undefined && known.has(name));
    if (found === undefined) without.push(id);
    return found ?? '';
  });
  if (without.length === 0) return labels;
  throw new InputError(
    'condition',
    `one of the labels (${someNames(condition.labels, 12)}) for all items, or each item in a folder named by its own`,
    `nothing, and none of ${someNames(without, SHOWN)}`,
  );
}
