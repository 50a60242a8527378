import { ArgumentError } from '@latentkit/core';
import { holds, isGiven, isUsed, usesInWords } from './conditions.ts';
import type { Derived, Filled, Given, Setting, Table } from './setting.ts';

type Values = Record<string, unknown>;

/**
 * Checks the settings that are given, and fills in the standard of the others.
 *
 * @param beside what conditions may ask for besides the settings of the table
 * @throws ArgumentError for the first setting outside its domain, or that the others leave no use for:
 *   left alone, it would look as if it had been used
 */
export function fill<T extends Table>(table: T, given: Given<T>, beside: Values = {}): Filled<T> {
  const values: Values = { ...beside };
  const later: (readonly [string, Setting<unknown>])[] = [];
  for (const [key, row] of Object.entries(table)) {
    const value = given[key];
    if (isGiven(value)) {
      row.domain.check(row.name, value);
      values[key] = own(value);
    } else if (typeof row.standard === 'function') {
      later.push([key, row]);
    } else {
      const standard = standardOf(row, values);
      if (standard !== undefined) values[key] = own(standard);
    }
  }
  for (const [key, row] of later) values[key] = own(standardOf(row, values));
  for (const [key, row] of Object.entries(table)) {
    if (isGiven(given[key])) checkUsed(row, given[key], table, values);
  }
  for (const key of Object.keys(beside)) delete values[key];
  return values as Filled<T>;
}

/** A list that is nobody else's: neither the caller's, nor the table's. */
function own(value: unknown): unknown {
  return Array.isArray(value) ? [...value] : value;
}

/** What a setting is where it is not given, beside these others. */
export function standardOf(
  { standard, unless = [] }: Setting<unknown>,
  values: Readonly<Values>,
): unknown {
  if (typeof standard === 'function') return (standard as Derived<unknown>)(values);
  return unless.find(({ when }) => holds(when, values))?.standard ?? standard;
}

function checkUsed(row: Setting<unknown>, value: unknown, table: Table, values: Values): void {
  if (isUsed(row, values)) return;
  const [first = {}] = row.uses ?? [];
  const [key = ''] =
    Object.entries(first).find(([key, wanted]) => !holds({ [key]: wanted }, values)) ?? [];
  const name = table[key]?.name ?? key;
  const here = values[key] === undefined ? `without ${name}` : `with ${name} ${values[key]}`;
  throw new ArgumentError(
    row.name,
    `none ${here} (it is for ${usesInWords(row.uses ?? [], table)})`,
    value,
  );
}

/**
 * Filled-in settings without those that the others leave no use for: what a program would have to give
 * to come to the same. What is no setting stays.
 */
export function usedOnly<C extends object>(table: Table, filled: C): C {
  const left = { ...filled } as Values;
  // In the table's order: what hangs on a setting that goes, goes too.
  for (const [key, row] of Object.entries(table)) {
    if (!isUsed(row, left)) delete left[key];
  }
  return left as C;
}
