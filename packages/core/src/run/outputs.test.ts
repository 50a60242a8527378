import { describe, expect, test } from '@jest/globals';
import { tensor } from '../tensor.ts';
import { outputOf, unboundedOutputOf } from './outputs.ts';

const mean = tensor(Float32Array.of(1, 2, 3, 4), [2, 2]);
const codes = { data: Int32Array.of(1), dims: [1, 1], dtype: 'int32' } as const;

describe('outputOf', () => {
  test('takes an output by its name and dtype', () => {
    expect(outputOf({ mean, codes }, 'mean')).toBe(mean);
    expect(outputOf({ mean, codes }, 'codes', 'int32')).toBe(codes);
  });

  test.each<[string, 'float32' | 'int32', RegExp]>([
    ['mu', 'float32', /output 'mu' should be float32, received nothing; outputs: mean, codes\./],
    ['codes', 'float32', /output 'codes' should be float32, received int32/],
    ['mean', 'int32', /output 'mean' should be int32, received float32/],
  ])('refuses %s as %s', (name, dtype, message) => {
    expect(() => outputOf({ mean, codes }, name, dtype)).toThrow(message);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'says of %p that it is the model’s fault, and of which item',
    (bad) => {
      const outputs = { mean: tensor(Float32Array.of(0, 0, 0, bad), [2, 2]) };
      expect(() => outputOf(outputs, 'mean')).toThrow(
        expect.objectContaining({
          code: 'runtime',
          message: expect.stringContaining(`The model gave ${bad} in its output 'mean' (item 1)`),
        }),
      );
      expect(unboundedOutputOf(outputs, 'mean')).toBe(outputs.mean);
    },
  );

  test('the largest floats are finite', () => {
    const largest = tensor(Float32Array.of(3.4028234663852886e38, -3.4028234663852886e38), [1, 2]);
    expect(outputOf({ largest }, 'largest')).toBe(largest);
  });
});
