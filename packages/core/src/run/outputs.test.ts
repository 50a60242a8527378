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

  test.each<[string, 'float32' | 'int32', string]>([
    ['mu', 'float32', 'nothing'],
    ['codes', 'float32', 'int32'],
    ['mean', 'int32', 'float32'],
  ])('refuses %s as %s', (name, dtype, received) => {
    const refused = expect.objectContaining({
      code: 'runtime',
      message:
        `The graph's output '${name}' should be ${dtype}, received ${received}; outputs: mean, codes. ` +
        'The graph does not match its card; export the model again.',
    });
    expect(() => outputOf({ mean, codes }, name, dtype)).toThrow(refused);
    expect(() => unboundedOutputOf({ mean, codes }, name, dtype)).toThrow(refused);
  });

  test.each<[number, number[], number]>([
    [Number.NaN, [2, 2], 1],
    [Number.POSITIVE_INFINITY, [4, 1], 3],
    [Number.NEGATIVE_INFINITY, [1, 4], 0],
    [Number.NaN, [], 0],
  ])('says of %p in dims %j that it is the model’s fault, and of item %d', (bad, dims, item) => {
    const data = dims.length > 0 ? Float32Array.of(0, 0, 0, bad) : Float32Array.of(bad);
    const outputs = { mean: tensor(data, dims) };
    expect(() => outputOf(outputs, 'mean')).toThrow(
      expect.objectContaining({
        code: 'runtime',
        message:
          `The model gave ${bad} in its output 'mean' (item ${item}), though its input is finite: ` +
          'its weights are at fault, or the precision is too small. ' +
          "Load it with dtype 'fp32', or export it again from an earlier epoch.",
      }),
    );
    expect(unboundedOutputOf(outputs, 'mean')).toBe(outputs.mean);
  });

  test('the largest floats are finite', () => {
    const largest = tensor(Float32Array.of(3.4028234663852886e38, -3.4028234663852886e38), [1, 2]);
    expect(outputOf({ largest }, 'largest')).toBe(largest);
  });
});
