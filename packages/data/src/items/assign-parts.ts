import { createHash } from 'node:crypto';
import type { Part } from '../sources/picture-source.ts';

export interface PartOptions {
  /** Share of the items that are kept for testing, where the source does not say which; 0.1 by default. */
  readonly testShare?: number | undefined;
}

export const DEFAULT_TEST_SHARE = 0.1;

interface Named {
  readonly id: string;
  readonly part?: Part | undefined;
}

/**
 * The part of each item: as the source says, or else by a hash of its id, so that items that come
 * later move none. Where the hash leaves a part empty, which happens among a handful of items, the
 * item that came nearest is moved. A source with validation items alone tests on them.
 */
export function assignParts(
  items: readonly Named[],
  { testShare = DEFAULT_TEST_SHARE }: PartOptions = {},
): Part[] {
  const said = new Set(items.map(({ part }) => part));
  const places = items.map(({ id }) => place(id));
  const byHash = (i: number): Part => ((places[i] as number) < testShare ? 'test' : 'train');
  if (said.has('train') && !said.has(undefined)) {
    if (said.has('test')) return items.map(({ part }) => part as Part);
    if (said.has('validation')) {
      return items.map(({ part }) => (part === 'validation' ? 'test' : 'train'));
    }
  }
  const parts = items.map(({ part }, i) => part ?? byHash(i));
  for (const [wanted, nearest] of [
    ['test', Math.min],
    ['train', Math.max],
  ] as const) {
    if (parts.length < 2 || parts.includes(wanted)) continue;
    const end = places.reduce((a, b) => nearest(a, b));
    parts[places.indexOf(end)] = wanted;
  }
  return parts;
}

/** From 0 to 1: the first 48 bits of the SHA-256 of the id. */
function place(id: string): number {
  return createHash('sha256').update(id).digest().readUIntBE(0, 6) / 2 ** 48;
}
