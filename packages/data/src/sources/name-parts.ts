import type { Part, PictureEntry } from './picture-source.ts';

const PART_NAMES: ReadonlyMap<string, Part> = new Map([
  ['train', 'train'],
  ['training', 'train'],
  ['val', 'validation'],
  ['valid', 'validation'],
  ['validation', 'validation'],
  ['dev', 'validation'],
  ['test', 'test'],
  ['testing', 'test'],
]);

export function partOf(name: string): Part | undefined {
  return PART_NAMES.get(name.toLowerCase());
}

/**
 * Takes part and label from the folders of the ids: `train/cat/1.png`, `cat/train/…` not. Parts are
 * taken if all pictures lie in folders named after parts, one of them `train` or no other beside it; labels,
 * if all lie in sub-folders (of their part), and these are two or more.
 */
export function nameParts(entries: readonly PictureEntry[]): PictureEntry[] {
  const folders = entries.map(({ id }) => id.split('/').slice(0, -1));
  const parts = folders.map(([first = '']) => partOf(first));
  const named = new Set(folders.map(([first = '']) => first));
  const divided =
    parts.every((part) => part !== undefined) && (parts.includes('train') || named.size === 1);
  const labels = folders.map((names) => names[divided ? 1 : 0]);
  const labelled = labels.every((label) => label !== undefined) && new Set(labels).size > 1;
  return entries.map((entry, i) => ({
    ...entry,
    ...(divided ? { part: entry.part ?? parts[i] } : {}),
    ...(labelled ? { label: entry.label ?? labels[i] } : {}),
  }));
}
