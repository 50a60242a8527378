import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { firstNotFinite, firstOutside, MAX_FLOAT32 } from './value-range.ts';

/** The part of the standard global in use here, which these type libraries lack. */
const { WebAssembly: wasm } = globalThis as unknown as {
  WebAssembly: { Instance: new (module: object) => { readonly exports: object } };
};

/** What {@link firstOutside} must agree with. */
const slowly = (values: Float32Array, low: number, high: number) =>
  values.findIndex((value) => !(value >= low && value <= high));

test.each([
  [[], -1],
  [[MAX_FLOAT32, -MAX_FLOAT32, 0], -1],
  [[0, Number.NaN], 1],
  [[Number.POSITIVE_INFINITY], 0],
  [[1, 2, Number.NEGATIVE_INFINITY], 2],
])('the first of %j that is not finite is at %d', (values, at) => {
  expect(firstNotFinite(Float32Array.from(values))).toBe(at);
});

describe('firstOutside', () => {
  test.each([
    ['short', 10],
    ['an item, of whole steps', 784],
    ['a short one, of steps and a rest', 100],
    ['one piece', 4096],
    ['less than a piece and a rest', 5003],
    ['pieces and a rest', 40_005],
  ])('finds each kind of bad value at the ends and inside of an array: %s', (_, length) => {
    const good = new Float32Array(length).fill(0.5);
    expect(firstOutside(good, 0, 1)).toBe(-1);
    const negativeNaN = new Float32Array(Uint32Array.of(0xffffffff).buffer)[0] as number;
    for (const bad of [Number.NaN, negativeNaN, -1e-45, 1.0000001, 2, -1, 1 / 0, -1 / 0]) {
      for (const at of [0, 1, length >> 1, length - 1]) {
        const values = good.slice();
        values[at] = bad;
        expect(firstOutside(values, 0, 1)).toBe(at);
      }
    }
  });

  test.each([
    ['from −1', -1, 1],
    ['above 0', 0.25, 2],
    ['below 0', -2, -0.25],
    ['of 0 alone', 0, 0],
    ['of all finite floats', -3.4028234663852886e38, 3.4028234663852886e38],
  ])('a range %s', (_, low, high) => {
    const above = Math.fround(high + Math.abs(high) * 1e-3 + 1e-45);
    const below = Math.fround(low - Math.abs(low) * 1e-3 - 1e-45);
    const good = Float32Array.from(
      { length: 5000 },
      (_, i) => [low, (low + high) / 2, high][i % 3] as number,
    );
    expect(firstOutside(good, low, high)).toBe(-1);
    for (const bad of [Number.NaN, above, below, 1 / 0, -1 / 0]) {
      for (const at of [0, 17, 4999]) {
        const values = good.slice();
        values[at] = bad;
        expect(firstOutside(values, low, high)).toBe(at);
      }
    }
  });

  test('long arrays are scanned by WebAssembly, and without it all the same', async () => {
    const { Instance } = wasm;
    // Called by `new`, which no arrow function can be.
    const instance = jest.spyOn(wasm, 'Instance').mockImplementation(function made(module) {
      return new Instance(module);
    });
    const values = new Float32Array(5000).fill(0.5);
    values[4000] = 2;
    const anew = (check: (scan: typeof firstOutside) => void) =>
      jest.isolateModulesAsync(async () => check((await import('./value-range.ts')).firstOutside));
    try {
      await anew((scan) => expect(scan(values, 0, 1)).toBe(4000));
      expect(instance.mock.results.map(({ type }) => type)).toEqual(['return']);
      // As ranges that end at 0 are; it is loaded once.
      await anew((scan) => {
        expect(scan(new Float32Array(5000), -1, 0)).toBe(-1);
        expect(scan(values, 0, 1)).toBe(4000);
      });
      expect(instance.mock.results.map(({ type }) => type)).toEqual(['return', 'return']);
      instance.mockImplementation(function refused() {
        throw new Error('forbidden by the content security policy');
      });
      await anew((scan) => expect(scan(values, 0, 1)).toBe(4000));
    } finally {
      instance.mockRestore();
    }
  });

  test('WebAssembly is made once 4,096 floats have come, in one array or in several', async () => {
    const { Instance } = wasm;
    const instance = jest.spyOn(wasm, 'Instance').mockImplementation(function made(module) {
      return new Instance(module);
    });
    const made: number[] = [];
    try {
      await jest.isolateModulesAsync(async () => {
        const { firstOutside: scan } = await import('./value-range.ts');
        for (const length of [784, 63, 3000, 311, 1, 784, 5000]) {
          const values = new Float32Array(length).fill(0.5);
          expect(scan(values, 0, 1)).toBe(-1);
          values[length - 1] = 2;
          // Neither an array too short for it nor a range that it cannot scan counts.
          expect(scan(values, 0.25, 1)).toBe(length - 1);
          made.push(instance.mock.calls.length);
        }
      });
    } finally {
      instance.mockRestore();
    }
    expect(made).toEqual([0, 0, 0, 0, 0, 1, 1]);
  });

  test.each<[string, number[], low: number, high: number]>([
    ['[0, 1]', [0, 1, -0, 0.5], 0, 1],
    ['[−1, 0]', [0, -1, -0, -0.5], -1, 0],
    ['[−2, 3]', [-2, 3, 0, -0], -2, 3],
    ['the finite', [MAX_FLOAT32, -MAX_FLOAT32, 0], -MAX_FLOAT32, MAX_FLOAT32],
  ])(
    'the scan finds nothing in what is within %s, and the loop has the rest',
    async (_, values, low, high) => {
      const { Instance } = wasm;
      const scans: [bytes: number, found: number][] = [];
      const instance = jest.spyOn(wasm, 'Instance').mockImplementation(function made(module) {
        const { exports } = new Instance(module) as {
          exports: { scan(...args: number[]): number };
        };
        const scan = (bytes: number, ...ends: number[]) => {
          const found = exports.scan(bytes, ...ends);
          scans.push([bytes, found]);
          return found;
        };
        return { exports: { ...exports, scan } };
      });
      const within = (length: number) =>
        Float32Array.from({ length }, (_, i) => values[i % values.length] as number);
      try {
        await jest.isolateModulesAsync(async () => {
          const { firstOutside: scanned } = await import('./value-range.ts');
          for (const length of [5003, 63, 64]) expect(scanned(within(length), low, high)).toBe(-1);
        });
      } finally {
        instance.mockRestore();
      }
      // Fewer than 64 floats are not worth it; 5,003 are two pieces of 2,048, one of 896, and a rest of eleven.
      expect(scans).toEqual([8192, 8192, 3584, 256].map((bytes) => [bytes, 1]));
    },
  );

  test('the largest float is the one before infinity', () => {
    expect(Math.fround(MAX_FLOAT32)).toBe(MAX_FLOAT32);
    const next = new Float32Array(Uint32Array.of(0x7f800000 - 1).buffer)[0];
    expect(MAX_FLOAT32).toBe(next);
  });

  test('the range is closed, −0 is in [0, 1], and bounds keep double precision', () => {
    const ends = Float32Array.from({ length: 8192 }, (_, i) => [0, 1, -0][i % 3] as number);
    expect(firstOutside(ends, 0, 1)).toBe(-1);
    const tenth = new Float32Array(8192).fill(0.1);
    // The float32 nearest to 0.1 is above the double nearest to 0.1.
    expect(firstOutside(tenth, 0, 0.1)).toBe(0);
    expect(firstOutside(tenth, 0, Math.fround(0.1))).toBe(-1);
    const below = new Float32Array(8192).fill(-0.1);
    expect(firstOutside(below, -0.1, 0)).toBe(0);
    expect(firstOutside(below, Math.fround(-0.1), 0)).toBe(-1);
    expect(firstOutside(new Float32Array(8192), -1, -0)).toBe(-1);
  });

  test('agrees with the plain loop on any values and view', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(39_999), fc.float()), { maxLength: 3 }),
        fc.nat(40),
        fc.integer({ min: 0, max: 40_000 }),
        (changes, offset, length) => {
          const all = new Float32Array(40_040).fill(0.25);
          for (const [at, value] of changes) all[at] = value;
          const values = all.subarray(offset, offset + length);
          expect(firstOutside(values, -1, 1)).toBe(slowly(values, -1, 1));
        },
      ),
      { numRuns: 200 },
    );
  });
});
