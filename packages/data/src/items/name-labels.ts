import { LatentkitError } from '@latentkit/core';

/** Numbers for the names of labels, in order; none unless every item has one. */
export function nameLabels(labels: readonly (string | undefined)[]): {
  readonly names: readonly string[];
  readonly labels: Uint16Array;
} {
  const none = { names: [], labels: new Uint16Array(labels.length) };
  if (labels.some((label) => label === undefined)) return none;
  const names = [...new Set(labels as readonly string[])];
  const numeric = names.every((name) => /^\d+$/.test(name));
  names.sort((a, b) => (numeric ? Number(a) - Number(b) : a < b ? -1 : 1));
  if (names.length > 65_536) {
    throw new LatentkitError('invalid-data', `${names.length} classes are more than 65,536.`);
  }
  const numbers = new Map(names.map((name, i) => [name, i]));
  return { names, labels: Uint16Array.from(labels, (label) => numbers.get(label as string) ?? 0) };
}
