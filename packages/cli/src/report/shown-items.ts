import { pickItems, type Split, spreadItems } from '@latentkit/data';

/**
 * So many items for a sheet: from all of the split where its items stand class by class, as those of folders do, and else
 * the first, which are the same however many follow.
 */
export function shownItems(split: Split, count: number): Split {
  if (standByClass(split)) return spreadItems(split, count);
  return pickItems(
    split,
    Array.from({ length: Math.min(count, split.count) }, (_, i) => i),
  );
}

/** Whether no class comes again behind another; so of items without classes. */
export function standByClass({ labels }: Pick<Split, 'labels'>): boolean {
  const changes = labels.filter((label, i) => i > 0 && label !== labels[i - 1]).length;
  return changes < new Set(labels).size;
}
