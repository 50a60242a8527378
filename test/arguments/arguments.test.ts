import { describe, expect, test } from '@jest/globals';
import * as core from '@latentkit/core';
import { LatentkitError } from '@latentkit/core';
import * as testing from '@latentkit/core/testing';
import { type FakeLatent, fakeAutoencoder } from '@latentkit/core/testing';
import * as data from '@latentkit/data';
import * as dataOptions from '@latentkit/data/options';
import * as node from '@latentkit/node';
import * as web from '@latentkit/web';
import { doorsOf, exportedBy } from '../doors.ts';
import { CALLS, strayErrors } from './call-with-anything.ts';

/**
 * Whatever a public function is given, it answers, or throws an error of ours that says what was expected: no
 * TypeError comes out of the inside. The functions are those that the doors export, so that a new one is
 * tried as well.
 */
const DOORS: Record<string, object> = {
  '@latentkit/core': core,
  '@latentkit/core/testing': testing,
  '@latentkit/node': node,
  '@latentkit/web': web,
  '@latentkit/data': data,
  '@latentkit/data/options': dataOptions,
};

/** Doors that are not tried, each with its reason. */
const ASIDE: Record<string, string> = {
  '@latentkit/core/runtime':
    'packages call it, not users: what it is given has the types that the compiler saw',
  '@latentkit/web/wasm':
    'made by the makers of @latentkit/web, over one build of ONNX Runtime instead of two',
  '@latentkit/web/webgpu': 'as @latentkit/web/wasm',
};

/** Calls that are right, and do what takes long or reaches out. */
const RIGHT: Record<string, { why: string; is(args: readonly unknown[]): boolean }> = {
  loadMnist: {
    why: 'every place has a default, so that any object has it downloaded',
    is: ([location]) => typeof location === 'object' && location !== null,
  },
};

const isOurs = (error: unknown) => LatentkitError.isInstance(error);

const PACKAGES = ['packages/core', 'packages/node', 'packages/web', 'packages/data'];

test('every door is tried, or is set aside for a reason', () => {
  const doors = PACKAGES.flatMap(doorsOf).map(({ name }) => name);
  expect(Object.keys({ ...DOORS, ...ASIDE }).sort()).toEqual(doors.sort());
});

test('the functions that are tried are those that the doors export', () => {
  for (const { name, file } of PACKAGES.flatMap(doorsOf)) {
    if (name in ASIDE) continue;
    expect(Object.keys(DOORS[name] as object).sort()).toEqual(exportedBy(file).values);
  }
});

type Callable = (...args: unknown[]) => unknown;
const isClass = (value: unknown) =>
  typeof value === 'function' && Object.hasOwn(value, 'prototype') && 'isInstance' in value;
/** Classes that are no errors are made by `new`. */
const asCall = (value: Callable): Callable =>
  /^class\b/.test(String(value))
    ? (...args) => new (value as unknown as new (...args: unknown[]) => unknown)(...args)
    : value;

/** A function that several doors export is tried once. */
const tried = new Set<unknown>();
for (const [door, library] of Object.entries(DOORS)) {
  const functions = Object.entries(library).filter(
    (entry): entry is [string, Callable] =>
      typeof entry[1] === 'function' && !isClass(entry[1]) && !tried.has(entry[1]),
  );
  for (const [, call] of functions) tried.add(call);
  if (functions.length === 0) continue;
  describe(door, () => {
    test.each(functions)('%s answers, or says what it expected', async (name, call) => {
      const calls = CALLS.filter((args) => !RIGHT[name]?.is(args));
      expect((await strayErrors(asCall(call), isOurs, calls)).slice(0, 3)).toEqual([]);
    });
  });
}

const LATENTS: FakeLatent[] = [
  { kind: 'gaussian', size: 2 },
  { kind: 'point', size: 2 },
  { kind: 'flow', size: 2, flow: 'iaf', steps: 1 },
  { kind: 'ladder', size: 4, levels: [1, 3] },
  { kind: 'codes', size: 4, grid: [1, 2], codes: 8, dim: 2 },
];

describe.each(LATENTS)('a model of kind $kind', (latent) => {
  test('its methods answer, or say what they expected', async () => {
    const vae = await fakeAutoencoder({ latent });
    const { encoder, decoder } = vae;
    const { codebook } = decoder;
    let methods = 0;
    for (const object of [vae, encoder, decoder, ...(codebook ? [codebook] : [])]) {
      const prototype = Object.getPrototypeOf(object) as Record<string, unknown>;
      for (const name of Object.getOwnPropertyNames(prototype)) {
        const { value } = Object.getOwnPropertyDescriptor(prototype, name) ?? {};
        if (name === 'constructor' || name === 'dispose' || typeof value !== 'function') continue;
        methods += 1;
        const stray = await strayErrors((...args) => Reflect.apply(value, object, args), isOurs);
        expect([name, ...stray.slice(0, 3)]).toEqual([name]);
      }
    }
    expect(methods).toBeGreaterThanOrEqual(9);
  });
});

describe('strayErrors', () => {
  test('finds an error of the inside, a promise that rejects with one, and a generator', async () => {
    const inside = (value: unknown) => (value as { length: number }).length;
    const calls = [[undefined], ['text']];
    const found = [
      "(undefined): TypeError: Cannot read properties of undefined (reading 'length')",
    ];
    expect(await strayErrors(inside, isOurs, calls)).toEqual(found);
    expect(await strayErrors(async (value) => inside(value), isOurs, calls)).toEqual(found);
    function* lazily(value: unknown) {
      yield inside(value);
    }
    expect(await strayErrors(lazily, isOurs, calls)).toEqual(found);
  });

  test('lets errors of ours pass', async () => {
    const refuse = () => Promise.reject(new core.ArgumentError('a', 'b', 'c'));
    expect(await strayErrors(refuse, isOurs)).toEqual([]);
  });
});
