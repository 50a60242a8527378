import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { tensor } from '../tensor.ts';
import { interpolateLatents } from './interpolate.ts';

const SIZE = 3;
const row = (data: Float32Array, index: number) =>
  Array.from(data.subarray(index * SIZE, (index + 1) * SIZE));
const norm = (values: readonly number[]) => Math.hypot(...values);

const expectClose = (found: readonly number[], wanted: readonly number[]) => {
  expect(found).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries()) expect(found[i]).toBeCloseTo(value, 5);
};

describe('lerp', () => {
  test('divides the straight line evenly', () => {
    const { data, dims } = interpolateLatents(Float32Array.of(0, 4, -2), Float32Array.of(4, 0, 2), {
      steps: 5,
    });
    expect(dims).toEqual([5, 3]);
    expect(Array.from(data)).toEqual([0, 4, -2, 1, 3, -1, 2, 2, 0, 3, 1, 1, 4, 0, 2]);
  });
});

describe('slerp', () => {
  test('turns evenly along the great circle between ends of one length', () => {
    const { data } = interpolateLatents(Float32Array.of(2, 0, 0), Float32Array.of(0, 2, 0), {
      steps: 4,
      path: 'slerp',
    });
    expectClose(row(data, 1), [2 * Math.cos(Math.PI / 6), 2 * Math.sin(Math.PI / 6), 0]);
    expectClose(row(data, 2), [2 * Math.cos(Math.PI / 3), 2 * Math.sin(Math.PI / 3), 0]);
  });

  test('the norm changes evenly between ends of unequal length', () => {
    const { data } = interpolateLatents(Float32Array.of(1, 0, 0), Float32Array.of(0, 0, 5), {
      steps: 5,
      path: 'slerp',
    });
    // A quarter of the way: a quarter of the right angle, and of the way from 1 to 5.
    expectClose(row(data, 1), [2 * Math.cos(Math.PI / 8), 0, 2 * Math.sin(Math.PI / 8)]);
    expectClose(row(data, 2), [3 * Math.SQRT1_2, 0, 3 * Math.SQRT1_2]);
    expectClose(row(data, 3), [4 * Math.sin(Math.PI / 8), 0, 4 * Math.cos(Math.PI / 8)]);
  });

  test('turns through an obtuse angle', () => {
    const b = [-1.5 * Math.SQRT1_2, 1.5 * Math.SQRT1_2, 0];
    const { data } = interpolateLatents(Float32Array.of(1.5, 0, 0), Float32Array.from(b), {
      steps: 4,
      path: 'slerp',
    });
    expectClose(row(data, 1), [1.5 * Math.SQRT1_2, 1.5 * Math.SQRT1_2, 0]);
    expectClose(row(data, 2), [0, 1.5, 0]);
  });

  test('is the straight line between opposite, parallel and zero ends', () => {
    const a = Float32Array.of(1, 2, 2);
    for (const b of [
      [-1, -2, -2],
      [-2, -4, -4],
      [2, 4, 4],
      [0, 0, 0],
    ]) {
      const [from, to] = [a, Float32Array.from(b)];
      for (const [start, end] of [
        [from, to],
        [to, from],
      ] as const) {
        const slerp = interpolateLatents(start, end, { steps: 5, path: 'slerp' });
        expect(slerp).toEqual(interpolateLatents(start, end, { steps: 5 }));
      }
    }
  });

  const vector = fc.array(fc.float({ min: -4, max: 4, noNaN: true }), {
    minLength: SIZE,
    maxLength: SIZE,
  });

  test('keeps the norm between those of the ends, and starts and ends at them to the bit', () => {
    fc.assert(
      fc.property(
        vector,
        vector,
        fc.constantFrom('lerp' as const, 'slerp' as const),
        (from, to, path) => {
          const [a, b] = [Float32Array.from(from), Float32Array.from(to)];
          const { data } = interpolateLatents(a, b, { steps: 5, path });
          expect(data.slice(0, SIZE)).toEqual(a);
          expect(data.slice(4 * SIZE)).toEqual(b);
          const longest = Math.max(norm(Array.from(a)), norm(Array.from(b)));
          for (let i = 1; i < 4; i++)
            expect(norm(row(data, i))).toBeLessThanOrEqual(longest + 1e-5);
        },
      ),
    );
  });
});

describe('interpolateLatents', () => {
  test('two steps are the ends', () => {
    const [a, b] = [Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6)];
    const both = tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
    expect(interpolateLatents(a, b, { steps: 2 })).toEqual(both);
    expect(interpolateLatents(a, b, { steps: 2, path: 'slerp' })).toEqual(both);
  });

  test.each<[string, unknown[]]>([
    ['options', []],
    ['options', [null]],
    ['options', [5]],
    ['steps', [{}]],
    ['steps', [{ steps: 1 }]],
    ['steps', [{ steps: 2.5 }]],
    ['steps', [{ steps: 2 ** 31 }]],
    ['path', [{ steps: 3, path: 'spline' }]],
  ])('refuses misshapen %s: %j', (argument, rest) => {
    const a = new Float32Array(3);
    const call = interpolateLatents as (...args: unknown[]) => unknown;
    expect(() => call(a, a, ...rest)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', argument }),
    );
  });

  test.each<[string, unknown, RegExp]>([
    ['another size', new Float32Array(2), /two latents of one size, received sizes 3 and 2/],
    ['no array', undefined, /expected a float32 Tensor or Float32Array, received undefined/],
    ['NaN', Float32Array.of(0, Number.NaN, 0), /dimension 1: expected a finite number/],
    ['nothing in it', new Float32Array(0), /at least one value/],
  ])('refuses an end of %s', (_, end, message) => {
    expect(() =>
      interpolateLatents(new Float32Array(3), end as Float32Array, { steps: 3 }),
    ).toThrow(message);
  });
});
