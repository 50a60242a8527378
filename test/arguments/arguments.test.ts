import { describe, expect, test } from '@jest/globals';
import { ArgumentError, LatentkitError } from '@latentkit/core';
import { type FakeLatent, fakeAutoencoder } from '@latentkit/core/testing';
import { doorsOf, PACKAGES } from '../doors.ts';
import { strayErrors } from './call-with-anything.ts';
import { ASIDE, TRIED } from './doors-tried.ts';
import { tryDoors, tryMethods } from './try-doors.ts';

/**
 * Whatever a public function is given, it answers, or throws an error of ours that says what was expected: no
 * TypeError comes out of the inside.
 */
test('every door of every package is tried, or is set aside for a reason', () => {
  const doors = PACKAGES.flatMap(doorsOf).map(({ name }) => name);
  const listed = Object.values(TRIED).flatMap((group) => Object.keys(group));
  expect([...listed, ...Object.keys(ASIDE)].sort()).toEqual(doors.sort());
});

const isOurs = (error: unknown) => LatentkitError.isInstance(error);

tryDoors('runtimes', isOurs, {
  loadMnist: {
    why: 'every place has a default, so that any object has it downloaded',
    is: ([location]) => typeof location === 'object' && location !== null,
  },
  workShards: {
    why: 'every option has a default, so that a worker begins, and waits for Redis until it is told to end',
    is: ([options]) => options === undefined || (typeof options === 'object' && options !== null),
  },
});

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
      const tried = await tryMethods(() => object, isOurs);
      methods += tried.methods;
      expect(tried.stray).toEqual([]);
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
    const refuse = () => Promise.reject(new ArgumentError('a', 'b', 'c'));
    expect(await strayErrors(refuse, isOurs)).toEqual([]);
  });
});
