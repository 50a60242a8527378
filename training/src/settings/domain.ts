import { ArgumentError } from '@latentkit/core';
import {
  checkAbove,
  checkAtLeast,
  checkOneOf,
  checkPositiveInteger,
  checkSeed,
} from '../checks.ts';

/** The values that a setting may have, how they are written on a command line, and what is said of others. */
export interface Domain<T> {
  /** What stands for a value in help and documentation; nothing for a switch. */
  readonly placeholder: string | undefined;
  /** Which values these are, in words. */
  readonly words: string;
  /** Where they are names. */
  readonly names?: readonly string[];
  /** What a text must look like, as a sentence. */
  readonly form: string;
  /** Reads a value from a command line; undefined where the text has not the form of one. */
  parse(text: string): T | undefined;
  /** @throws ArgumentError for a value outside the domain */
  check(name: string, value: T): void;
}

/** A latent has at most so many dimensions, a layer so many units. */
export const MAX_SIZE = 65_536;

export function oneOf<const N extends string>(
  names: readonly N[],
  placeholder = '<name>',
): Domain<N> {
  return {
    placeholder,
    words: spoken(names),
    names,
    form: `Expected ${spoken(names)}.`,
    // Any word has the form of a name: which there are is said in one place, by `check`.
    parse: (text) => text as N,
    check: (name, value) => checkOneOf(name, names, value),
  };
}

/** A choice among names, or `'auto'`: left to the program, which is as good as not given. */
export function oneOrAuto<const N extends string>(names: readonly N[]): Domain<N | 'auto'> {
  return oneOf<N | 'auto'>(['auto', ...names]);
}

export function integer(most: number, placeholder = '<n>'): Domain<number> {
  return {
    placeholder,
    words: `a whole number from 1 to ${most.toLocaleString('en')}`,
    form: 'Expected a whole number.',
    parse: parseInteger,
    check: (name, value) => checkPositiveInteger(name, value, most),
  };
}

export const seed: Domain<number> = {
  placeholder: '<n>',
  words: 'a whole number from 0',
  form: 'Expected a whole number.',
  parse: parseInteger,
  check: checkSeed,
};

/** A class, by its name or its number. */
export const label: Domain<number | string> = {
  placeholder: '<class>',
  words: 'the name of a class, or its number from 0 to 255',
  form: 'Expected the name of a class, or its number.',
  // Which of them it is hangs on the names that there are.
  parse: (text) => text,
  check(name, value) {
    if (typeof value === 'string' && value !== '') return;
    if (!Number.isInteger(value) || Number(value) < 0 || Number(value) > 255) {
      throw new ArgumentError(name, 'the name of a class, or its number from 0 to 255', value);
    }
  },
};

/** A number that is `from` at least, or above `above`; and below `below`, where that is given. */
export function number(
  bounds:
    | { readonly from: number; readonly below?: number }
    | { readonly above: number; readonly below?: number },
  placeholder = '<x>',
): Domain<number> {
  const { below } = bounds;
  const from = 'from' in bounds;
  const low = from ? bounds.from : bounds.above;
  const words =
    below === undefined
      ? `a number ${from ? 'from' : 'above'} ${low}`
      : `a number ${from ? 'from' : 'above'} ${low} to below ${below}`;
  return {
    placeholder,
    words,
    form: 'Expected a number, such as 0.001 or 1e-3.',
    parse: parseNumber,
    check(name, value) {
      if (below !== undefined && !(value < below)) throw new ArgumentError(name, words, value);
      if (from) checkAtLeast(name, value, low);
      else checkAbove(name, value, low);
    },
  };
}

/** A number above 0, or the word for one that is trained with the weights. */
export const numberOrLearned: Domain<number | 'learned'> = {
  placeholder: '<x>',
  words: "a number above 0, or 'learned'",
  form: "Expected a number, or 'learned'.",
  parse: (text) => (text === 'learned' ? text : parseNumber(text)),
  check(name, value) {
    if (value !== 'learned') checkAbove(name, value, 0);
  },
};

/** From `least` to `most` sizes; `one` is what each of them is of. */
export function sizes(one: string, least: number, most: number): Domain<readonly number[]> {
  return {
    placeholder: '<n,…>',
    words: `${least} to ${most} whole numbers from 1 to ${MAX_SIZE.toLocaleString('en')}`,
    form: 'Expected whole numbers with commas between, such as 512,256.',
    parse(text) {
      const parts = text.split(',').map(parseInteger);
      return parts.every((part) => part !== undefined) ? parts : undefined;
    },
    check(name, value) {
      if (!Array.isArray(value)) throw new ArgumentError(name, 'a list of sizes', value);
      if (value.length < least) throw new ArgumentError(name, `at least ${least}`, value.length);
      if (value.length > most) throw new ArgumentError(name, `at most ${most}`, value.length);
      for (const size of value) checkPositiveInteger(`${one} size`, size, MAX_SIZE);
    },
  };
}

/** On or off; on a command line the flag itself is the value. */
export const toggle: Domain<boolean> = {
  placeholder: undefined,
  words: 'true or false',
  form: 'Expected no value.',
  parse: (text) => (text === 'true' || text === 'false' ? text === 'true' : undefined),
  check(name, value) {
    if (typeof value !== 'boolean') throw new ArgumentError(name, 'true or false', value);
  },
};

/** A text that something else reads: what it throws says what is wrong. */
export function text(
  placeholder: string,
  words: string,
  read: (value: string) => unknown,
): Domain<string> {
  return {
    placeholder,
    words,
    form: `Expected ${words}.`,
    parse: (value) => value,
    check(name, value) {
      if (typeof value !== 'string') throw new ArgumentError(name, words, value);
      read(value);
    },
  };
}

export const folder: Domain<string> = {
  placeholder: '<folder>',
  words: 'the path of a folder',
  form: 'Expected the path of a folder.',
  parse: (text) => text,
  check(name, value) {
    if (typeof value !== 'string' || value === '') {
      throw new ArgumentError(name, 'the path of a folder', value);
    }
  },
};

function parseNumber(text: string): number | undefined {
  const value = Number(text);
  return text.trim() !== '' && Number.isFinite(value) ? value : undefined;
}

function parseInteger(text: string): number | undefined {
  const value = Number(text);
  return /^[+-]?\d+$/.test(text.trim()) && Number.isSafeInteger(value) ? value : undefined;
}

/** `a, b or c` */
function spoken(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
