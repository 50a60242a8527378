import { createHash } from 'node:crypto';
import { ArgumentError } from '@latentkit/core';
import { checkText } from '@latentkit/core/runtime';
import type { Part } from '../sources/picture-source.ts';

export interface PartOptions {
  /** Share of the items that are kept for testing, where the source names none beside those to train on; 0.1 by default. */
  readonly testShare?: number | undefined;
  /** Share of the items that are kept for choosing when to stop, where the source does not say which; 0 by default. */
  readonly validationShare?: number | undefined;
  /**
   * A regular expression: items whose ids have the same match (of its first group, where it has one) are
   * pictures of one thing, and stay in one part. A model that was trained on some of them knows the others.
   */
  readonly group?: string | undefined;
}

const DEFAULT_TEST_SHARE = 0.1;

/** @throws ArgumentError for a text that is no regular expression */
export function parseGroup(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u');
  } catch (cause) {
    const why = (cause as Error).message;
    throw new ArgumentError('group', `a regular expression (${why})`, pattern);
  }
}

/** @throws ArgumentError for the first option outside its domain */
export function checkPartOptions({ testShare, validationShare, group }: PartOptions): void {
  if (testShare !== undefined && !(testShare > 0 && testShare < 1)) {
    throw new ArgumentError('share of test items', 'a number above 0 and below 1', testShare);
  }
  const validation = validationShare ?? 0;
  if (!(validation >= 0 && validation < 1 - (testShare ?? DEFAULT_TEST_SHARE))) {
    throw new ArgumentError(
      'share of validation items',
      'a number from 0 that leaves items to train on beside those for testing',
      validation,
    );
  }
  if (group !== undefined) {
    checkText('group', group, 'a regular expression');
    parseGroup(group);
  }
}

interface Named {
  readonly id: string;
  readonly part?: Part | undefined;
}

/**
 * The part of each item: as the source says, where it names items for training and others beside them, or
 * else by a hash of its id, or its group, so that items that come later move none. A source that names a
 * single part for all of its items, or none for training, has not said how it is to be divided. Where the hash leaves training or testing without any,
 * which happens among a handful of items, the item (or group) that came nearest is moved. A source that says which items are for training and validation, and none for testing, tests on the
 * latter.
 *
 * @throws ArgumentError for groups, or ids, that are one
 */
export function assignParts(
  items: readonly Named[],
  { testShare = DEFAULT_TEST_SHARE, validationShare = 0, group }: PartOptions = {},
): Part[] {
  const said = new Set(items.map(({ part }) => part));
  const pattern = group === undefined ? undefined : parseGroup(group);
  const places = items.map(({ id }) => place(pattern ? groupOf(id, pattern) : id));
  const isValidation = (i: number) => (places[i] as number) >= 1 - validationShare;
  if (said.has('train') && !said.has(undefined)) {
    if (said.has('test')) {
      const isTaken = said.has('validation') ? () => false : isValidation;
      return items.map(({ part }, i) =>
        part === 'train' && isTaken(i) ? 'validation' : (part as Part),
      );
    }
    if (said.has('validation')) {
      return items.map(({ part }) => (part === 'validation' ? 'test' : 'train'));
    }
  }
  const byHash = (i: number): Part => {
    if ((places[i] as number) < testShare) return 'test';
    return isValidation(i) ? 'validation' : 'train';
  };
  const divided = said.size > 1 && (said.has('train') || said.has(undefined));
  const parts = items.map(({ part }, i) => (divided ? part : undefined) ?? byHash(i));
  for (const [wanted, nearest] of [
    ['test', Math.min],
    ['train', Math.max],
  ] as const) {
    if (parts.length < 2 || parts.includes(wanted)) continue;
    const end = places.reduce((a, b) => nearest(a, b));
    for (const [i, other] of places.entries()) if (other === end) parts[i] = wanted;
  }
  if (parts.length > 1 && !(parts.includes('test') && parts.includes('train'))) {
    const id = items[0]?.id as string;
    if (!pattern) {
      const wanted = 'names by which items differ, or none could be kept for testing';
      throw new ArgumentError('ids', `${wanted} (items of one id stay in one part)`, id);
    }
    const match = groupOf(id, pattern);
    const wanted = 'a pattern by which items differ, or none could be kept for testing';
    throw new ArgumentError('group', `${wanted} (all have the match '${match}')`, group);
  }
  return parts;
}

/** What is worth knowing of how items are grouped: a pattern that none matches groups nothing. */
export function groupNotes(items: readonly Named[], { group }: PartOptions): string[] {
  const [first] = items;
  const pattern = group === undefined ? undefined : parseGroup(group);
  if (!pattern || !first || items.some(({ id }) => pattern.test(id))) return [];
  return [
    `Nothing is grouped: no name has a match of '${group}'. The first of ${items.length.toLocaleString('en')} is '${first.id}'.`,
  ];
}

/** What an id has in common with others of its group; an id that does not match is a group of its own. */
function groupOf(id: string, pattern: RegExp): string {
  const match = pattern.exec(id);
  return match?.[1] ?? match?.[0] ?? id;
}

/** From 0 to 1: the first 48 bits of the SHA-256 of the id. */
function place(id: string): number {
  return createHash('sha256').update(id).digest().readUIntBE(0, 6) / 2 ** 48;
}
