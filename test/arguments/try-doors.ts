import { describe, expect, test } from '@jest/globals';
import { doorsOf, exportedBy, PACKAGES } from '../doors.ts';
import { CALLS, strayErrors } from './call-with-anything.ts';
import { TRIED } from './doors-tried.ts';

export type Callable = (...args: unknown[]) => unknown;

/** Calls that are right, or that only the door itself can do for once, with the reason why they are left out. */
export type LeftOut = Readonly<
  Record<string, { readonly why: string; is(args: readonly unknown[]): boolean }>
>;

/**
 * Tests of the functions of some doors: whatever they are given, they answer, or throw an error that `isOurs`
 * knows. They are those that the doors export, so that a new one is tried as well; one that several doors export
 * is tried once.
 */
export function tryDoors(
  group: keyof typeof TRIED,
  isOurs: (error: unknown) => boolean,
  leftOut: LeftOut = {},
): void {
  const doors = PACKAGES.flatMap(doorsOf);
  const tried = new Set<unknown>();
  const known = new Set<string>();
  for (const [door, open] of Object.entries(TRIED[group])) {
    const library = open() as Record<string, unknown>;
    const functions = functionsIn(library).filter(([, call]) => !tried.has(call));
    for (const [name, call] of functions) {
      tried.add(call);
      known.add(name);
    }
    describe(door, () => {
      test('its functions are those that it exports', () => {
        const { file = '' } = doors.find(({ name }) => name === door) ?? {};
        expect(Object.keys(library).sort()).toEqual(exportedBy(file).values);
      });

      if (functions.length === 0) return;
      test.each(functions)('%s answers, or says what it expected', async (name, call) => {
        const calls = CALLS.filter((args) => !leftOut[name]?.is(args));
        expect((await strayErrors(asCall(call), isOurs, calls)).slice(0, 3)).toEqual([]);
      });
    });
  }

  test('what is left out is there', () => {
    expect(Object.keys(leftOut).filter((name) => !known.has(name))).toEqual([]);
  });
}

/** Functions by name, also those that an object of functions holds; the classes of errors and of the platform aside. */
function functionsIn(library: Record<string, unknown>): [string, Callable][] {
  return Object.entries(library).flatMap(([name, value]): [string, Callable][] => {
    if (typeof value === 'function') return isErrorClass(value) ? [] : [[name, value as Callable]];
    const inside = Object.entries(value ?? {});
    // Others are objects of libraries, such as schemas.
    if (!inside.every(([, each]) => typeof each === 'function' && !isOfPlatform(each))) return [];
    return inside.map(([key, each]) => [`${name}.${key}`, each as Callable]);
  });
}

/** Whether it is written in no JavaScript: a typed array, say. */
const isOfPlatform = (call: object) => /\[native code\]/.test(String(call));

const isErrorClass = (value: object) => Object.hasOwn(value, 'prototype') && 'isInstance' in value;

/** Classes that are no errors are made by `new`. */
const asCall = (value: Callable): Callable =>
  /^class\b/.test(String(value))
    ? (...args) => new (value as unknown as new (...args: unknown[]) => unknown)(...args)
    : value;

/** For which arguments which methods of an object threw what is not ours; the number of methods that were tried. */
export async function tryMethods(
  make: () => object,
  isOurs: (error: unknown) => boolean,
): Promise<{ methods: number; stray: string[] }> {
  const stray: string[] = [];
  const prototype = Object.getPrototypeOf(make()) as Record<string, unknown>;
  const names = Object.getOwnPropertyNames(prototype).filter((name) => {
    const { value } = Object.getOwnPropertyDescriptor(prototype, name) ?? {};
    return typeof value === 'function' && name !== 'constructor' && name !== 'dispose';
  });
  for (const name of names) {
    const object = make() as Record<string, Callable>;
    const found = await strayErrors((...args) => object[name]?.(...args), isOurs);
    stray.push(...found.slice(0, 3).map((line) => `${name}${line}`));
  }
  return { methods: names.length, stray };
}
