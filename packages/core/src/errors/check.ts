import { ArgumentError } from './argument-error.ts';

/**
 * Checks that options are an object; each is checked where it is used.
 *
 * @param example a right call, where an option must be given
 * @throws ArgumentError
 */
export function checkOptions(options: unknown, example = ''): void {
  if (typeof options !== 'object' || options === null || isListOrBytes(options)) {
    throw new ArgumentError(
      'options',
      `an object of options${example && `, such as ${example}`}`,
      options,
    );
  }
}

/**
 * Checks that options are an object of options that are known.
 *
 * @throws ArgumentError that names the one likely meant first
 */
export function checkNames(
  options: object,
  known: Readonly<Record<string, true>>,
  example = '',
): void {
  checkOptions(options, example);
  checkObject('known', known);
  // Nothing is made on the way: calls of one item take microseconds.
  for (const name in options) {
    if (options[name as never] !== undefined && known[name as never] !== true) {
      const nearest = Object.keys(known).toSorted((a, b) => edits(a, name) - edits(b, name));
      checkChoice('options', name, nearest);
    }
  }
}

/** Letters to put in, leave out or replace until one word is the other. */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const letter of from) {
    const next = [(row[0] as number) + 1];
    for (let i = 0; i < to.length; i++) {
      const [above, before] = [row[i + 1] as number, row[i] as number];
      next.push(Math.min((next[i] as number) + 1, above + 1, before + Number(letter !== to[i])));
    }
    row = next;
  }
  return row.at(-1) as number;
}

/** @throws ArgumentError for what is no object */
export function checkObject(argument: string, value: unknown, wanted = 'an object'): void {
  if (typeof value !== 'object' || value === null) throw new ArgumentError(argument, wanted, value);
}

/** @throws ArgumentError for items that were left out */
export function checkItems(argument: string, value: unknown): void {
  if (value === undefined || value === null) {
    throw new ArgumentError(argument, 'items or pictures', value);
  }
}

/** @throws ArgumentError for what has no method of this name */
export function checkMethod(
  argument: string,
  value: unknown,
  method: string,
  wanted = `an object with ${method}()`,
): void {
  const found = (value as Record<string, unknown> | null | undefined)?.[method];
  if (typeof found !== 'function') throw new ArgumentError(argument, wanted, value);
}

/** @throws ArgumentError for what is no array */
export function checkList(argument: string, value: unknown, wanted = 'an array'): void {
  if (!Array.isArray(value)) throw new ArgumentError(argument, wanted, value);
}

/** @throws ArgumentError for what is no string */
export function checkText(argument: string, value: unknown, wanted = 'a string'): void {
  if (typeof value !== 'string') throw new ArgumentError(argument, wanted, value);
}

/** @throws ArgumentError for what is neither a function nor absent */
export function checkCallback(argument: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') {
    throw new ArgumentError(argument, 'a function', value);
  }
}

/** @throws ArgumentError for what is no flag, nor absent */
export function checkFlag(argument: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean') {
    throw new ArgumentError(argument, 'true or false', value);
  }
}

function isListOrBytes(value: object): boolean {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}

/** @throws ArgumentError for what is no integer from `least` to `most` */
export function checkInteger(
  argument: string,
  value: unknown,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): void {
  if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
    const wanted =
      most === Number.MAX_SAFE_INTEGER
        ? `an integer of at least ${least}`
        : `an integer from ${least} to ${most}`;
    throw new ArgumentError(argument, wanted, value);
  }
}

/** @throws ArgumentError */
export function checkSeed(seed: unknown): void {
  checkInteger('seed', seed, 0);
}

/** @throws ArgumentError */
export function checkNumber(argument: string, value: unknown, most: number): void {
  if (!Number.isFinite(value) || (value as number) < 0 || (value as number) > most) {
    throw new ArgumentError(argument, `a number from 0 to ${most}`, value);
  }
}

/** Factors on a standard deviation: no deviate is above 13, and its product is a float32. @throws ArgumentError */
export function checkTemperature(temperature: unknown): void {
  checkNumber('temperature', temperature, 1e37);
}

/** @throws ArgumentError for none of the choices */
export function checkChoice(argument: string, value: unknown, choices: readonly string[]): void {
  checkList('choices', choices);
  if (!choices.includes(value as string)) {
    const quoted = choices.map((choice) => `'${choice}'`);
    throw new ArgumentError(argument, quoted.join(' or '), value);
  }
}
