import { expect, test } from '@jest/globals';
import { checkFinite } from './check-finite.ts';

/** float16 by its bits: 1, the largest, −∞, NaN. */
const HALVES = Uint16Array.of(0x3c00, 0x7bff, 0xfc00, 0x7e00);

test('numbers pass, of every type', () => {
  checkFinite({
    x: { data: Float32Array.of(0, -1, 3e38), dims: [3], dtype: 'float32' },
    y: { data: HALVES.subarray(0, 2), dims: [2], dtype: 'float16' },
    indices: { data: BigInt64Array.of(7n), dims: [1], dtype: 'int64' },
    bits: { data: Uint16Array.of(0x7c00), dims: [1], dtype: 'uint16' },
  });
});

test.each([
  ['float32', Float32Array.of(1, Number.NaN), 'NaN as its element 1'],
  ['float64', Float64Array.of(Number.POSITIVE_INFINITY), 'Infinity as its element 0'],
  ['float16', HALVES, 'NaN or an infinity as its element 2'],
  ['float16', HALVES.subarray(3), 'NaN or an infinity as its element 0'],
] as const)('of %s, what is no number is refused', (dtype, data, came) => {
  const check = () => checkFinite({ z: { data, dims: [data.length], dtype } as never });
  expect(check).toThrow(
    expect.objectContaining({
      code: 'invalid-input',
      message: `input 'z': expected finite numbers, received ${came}.`,
    }),
  );
});
