import type { FamilyName } from './choices.ts';
import type { Domain } from './domain.ts';

/**
 * What other settings must be: each key one of the values, `'given'`, whatever the value, or `'absent'`. All of
 * it must hold.
 */
export type Condition = Readonly<Record<string, readonly string[] | 'given' | 'absent'>>;

/** A setting of training: one row of the table that everything said of settings comes from. */
export interface Setting<T, Optional extends boolean = boolean> {
  /** As errors call it. */
  readonly name: string;
  /** The option of the command, without its dashes. */
  readonly flag: string;
  readonly domain: Domain<T>;
  /** What it is, in a clause: the help of the option, and the row in the documentation. */
  readonly help: string;
  /** Undefined where there need not be a value. */
  readonly standard: Optional extends true ? undefined : NoInfer<T> | Derived<NoInfer<T>>;
  /** What stands for the standard in words, where it is no value. */
  readonly standardWords?: string;
  /** Where the standard is another. */
  readonly unless?: readonly { readonly when: Condition; readonly standard: NoInfer<T> }[];
  /** Where it means anything, if that is not everywhere: one of these must hold. */
  readonly uses?: readonly Condition[];
  /** Whether a run that is resumed may be given it anew. */
  readonly resumable?: true;
  /** Whether a model that is gone on from may be given it anew: its weights do not hang on it. */
  readonly changeable?: true;
  /** Whether the command on a card says it: where it is not the standard, if nothing else is said. */
  readonly onCard?: 'always' | 'never';
}

/** A standard that follows from the settings that are resolved by then. */
export type Derived<T> = (known: Readonly<Record<string, unknown>>) => T;

// biome-ignore lint/suspicious/noExplicitAny: a table holds settings of all types; each row keeps its own
export type Table = Readonly<Record<string, Setting<any>>>;

export type ValueOf<S> = S extends Setting<infer T> ? T : never;

/** The settings of a table as a program gives them. */
export type Given<T extends Table> = { readonly [K in keyof T]?: ValueOf<T[K]> | undefined };

type OptionalKeys<T extends Table> = {
  [K in keyof T]: undefined extends T[K]['standard'] ? K : never;
}[keyof T];

/** The settings of a table with every standard filled in. */
export type Filled<T extends Table> = {
  readonly [K in Exclude<keyof T, OptionalKeys<T>>]: ValueOf<T[K]>;
} & { readonly [K in OptionalKeys<T>]?: ValueOf<T[K]> };

/** A row, its type taken from its domain. */
export function setting<T>(row: Setting<T, false>): Setting<T, false> {
  return row;
}

/** A row of a setting that need not have a value. */
export function optional<T>(row: Omit<Setting<T, true>, 'standard'>): Setting<T, true> {
  return { ...row, standard: undefined };
}

/** The condition that the data are one's own, which are taken for pictures. */
export const OWN_DATA: Condition = { data: ['files', 'arrays'] };

/** The condition that the items have a side of 1: values in a row, which are no pictures. */
export const IN_A_ROW: Condition = { items: ['in a row'] };

/** The condition that the family is one of these. */
export function familyIs(...names: readonly FamilyName[]): Condition {
  return { family: names };
}
