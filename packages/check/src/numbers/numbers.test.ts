import { describe, expect, test } from '@jest/globals';
import { type Tensor, tensor } from '@latentkit/core';
import { distanceOf } from '@latentkit/core/runtime';
import { tensorFromArray } from '@latentkit/onnx';
import { bytes, listed, short } from './format.ts';
import { meanCosine, recallAt } from './neighbours.ts';
import { statisticsOf } from './tensor-statistics.ts';

const floats = (values: number[], dims: number[]) => tensor(Float32Array.from(values), dims);

const integers = (values: number[], dims: number[]): Tensor => ({
  dtype: 'int32',
  dims,
  data: Int32Array.from(values),
});

describe('distanceOf', () => {
  test('in units of the largest number of a row where that is beyond ±1', () => {
    const expected = floats([0.5, 0, 100, 50], [2, 2]);
    expect(distanceOf(floats([0.5, 0.25, 100, 51], [2, 2]), expected)).toEqual({
      largest: 1,
      scaled: 0.25,
      row: 0,
    });
  });

  test('NaN for other dims, another type, no output, and for what is no number', () => {
    const expected = floats([1, 2], [1, 2]);
    for (const received of [
      floats([1, 2], [2, 1]),
      integers([1, 2], [1, 2]),
      undefined,
      floats([1, Number.NaN], [1, 2]),
    ]) {
      expect(distanceOf(received, expected).scaled).toBeNaN();
    }
  });

  test('the share of integers that are others', () => {
    const indices = (values: number[]) => integers(values, [2, 2]);
    expect(distanceOf(indices([1, 2, 3, 5]), indices([1, 2, 3, 4]))).toEqual({
      largest: 0.25,
      scaled: 0.25,
      row: 1,
    });
  });
});

describe('neighbours', () => {
  const line = floats([0, 1, 3, 7], [4, 1]);

  test('a rotation or scale finds the same; another order does not', () => {
    expect(recallAt(line, floats([0, -2, -6, -14], [4, 1]), 2)).toBe(1);
    // Nearest by the first: 1, 0, 1, 2; by the second: 3, 2, 1, 0.
    expect(recallAt(line, floats([0, 10, 11, 1], [4, 1]), 1)).toBe(0.25);
  });

  test('of fewer rows than neighbours all others are found; of one row there is nothing to lose', () => {
    expect(recallAt(line, line, 10)).toBe(1);
    expect(recallAt(floats([1], [1, 1]), floats([2], [1, 1]), 10)).toBe(1);
  });

  test('cosine of rows', () => {
    expect(meanCosine(floats([1, 0, 0, 2], [2, 2]), floats([3, 0, 0, -1], [2, 2]))).toBe(0);
    expect(meanCosine(floats([0, 0], [1, 2]), floats([0, 0], [1, 2]))).toBe(1);
    expect(meanCosine(floats([0, 0], [1, 2]), floats([0, 1], [1, 2]))).toBe(0);
  });
});

describe('statisticsOf', () => {
  test('counts what is no number, denormal or zero, in float32 and in halves', () => {
    const values = [3, -4, 0, 1e-40, Number.NaN, Number.POSITIVE_INFINITY];
    expect(statisticsOf(tensorFromArray('w', 'float32', values, [6]))).toEqual({
      count: 6,
      notFinite: 2,
      denormal: 1,
      zero: 1,
      largest: 4,
      norm: 5,
    });
    // 1, the least denormal, infinity
    const halves = tensorFromArray('w', 'float16', [0x3c00, 0x0001, 0x7c00], [3]);
    expect(statisticsOf(halves)).toMatchObject({ notFinite: 1, denormal: 1, largest: 1 });
    expect(statisticsOf(tensorFromArray('w', 'int64', [1], [1]))).toBeUndefined();
  });
});

test('numbers, sizes and lists in messages', () => {
  expect([0, 0.01234, 1234.5, 1e-7, 2.5e8, Number.NaN].map(short)).toEqual([
    '0',
    '0.0123',
    '1230',
    '1e-7',
    '2.5e+8',
    'NaN',
  ]);
  expect([12, 1234, 5_600_000].map(bytes)).toEqual(['12 B', '1.23 kB', '5.6 MB']);
  expect([listed([]), listed(['a', 'b']), listed(['a', 'b', 'c'], 2)]).toEqual([
    'none',
    'a, b',
    'a, b and 1 more',
  ]);
});
