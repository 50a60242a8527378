import { describe, expect, test } from '@jest/globals';
import { OnnxError } from './errors.ts';
import { elementCount, tensorFromArray, tensorToArray, tensorToBigInts } from './tensor.ts';

describe('tensorFromArray', () => {
  test('raw is little-endian, in row-major order, and a copy', () => {
    const values = Float32Array.of(1, -2);
    const tensor = tensorFromArray('t', 'float32', values, [1, 2]);
    values[0] = 9;
    expect(tensor).toEqual({
      name: 't',
      dtype: 'float32',
      dims: [1, 2],
      raw: Uint8Array.of(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0),
    });
  });

  test('takes plain lists, booleans, and bigints or numbers for 64 bits', () => {
    expect(tensorFromArray('t', 'bool', [true, false], [2]).raw).toEqual(Uint8Array.of(1, 0));
    expect(tensorFromArray('t', 'int64', [1, -1n], [2]).raw).toEqual(
      Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255),
    );
    expect(tensorFromArray('t', 'string', ['a', ''], [2]).strings).toEqual(['a', '']);
    expect(tensorFromArray('t', 'float64', Float32Array.of(0.5), []).raw).toHaveLength(8);
  });

  test('complex numbers are two values an element', () => {
    expect(tensorFromArray('t', 'complex64', [1, 2, 3, 4], [2]).raw).toHaveLength(16);
    expect(() => tensorFromArray('t', 'complex64', [1, 2], [2])).toThrow('needs 4 values, got 2');
  });

  test.each([
    ['too few values', () => tensorFromArray('t', 'float32', [1], [2]), 'needs 2 values, got 1'],
    ['a scalar of two values', () => tensorFromArray('t', 'float32', [1, 2], []), 'needs 1 values'],
    ['an int8 of 300', () => tensorFromArray('t', 'int8', [300], [1]), '300 is no int8'],
    ['half an integer', () => tensorFromArray('t', 'int32', [0.5], [1]), '0.5 is no int32'],
    ['2^63 as int64', () => tensorFromArray('t', 'int64', [2n ** 63n], [1]), 'is no int64'],
    ['NaN as int64', () => tensorFromArray('t', 'int64', [Number.NaN], [1]), 'NaN is no int64'],
    ['a negative dimension', () => tensorFromArray('t', 'int8', [], [-1]), 'the dimension -1'],
    ['half a dimension', () => tensorFromArray('t', 'int8', [], [0.5]), 'the dimension 0.5'],
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(OnnxError);
    expect(run).toThrow(message);
  });
});

describe('tensorToArray', () => {
  test('gives a copy, wherever the bytes lie', () => {
    const buffer = new Uint8Array(9);
    buffer.set([1, 0, 0, 0, 2, 0, 0, 0], 1);
    const raw = buffer.subarray(1);
    const tensor = { name: 't', dtype: 'int32' as const, dims: [2], raw };
    const values = tensorToArray(tensor);
    expect(values).toEqual(Int32Array.of(1, 2));
    values[0] = 7;
    expect(raw[0]).toBe(1);
  });

  test('refuses bytes that do not fit the shape, and bytes that are elsewhere', () => {
    const raw = new Uint8Array(7);
    expect(() => tensorToArray({ name: 't', dtype: 'int32', dims: [2], raw })).toThrow(
      'The tensor "t" (int32 [2]) needs 8 bytes, it has 7.',
    );
    const external = { location: 'w', offset: 0, length: 8 };
    expect(() => tensorToArray({ name: 't', dtype: 'int32', dims: [2], raw, external })).toThrow(
      'lie in the file "w"',
    );
  });

  test('tensorToBigInts reads both widths', () => {
    expect(tensorToBigInts(tensorFromArray('t', 'int32', [-1, 2], [2]))).toEqual([-1n, 2n]);
    expect(tensorToBigInts(tensorFromArray('t', 'int64', [-1, 2], [2]))).toEqual([-1n, 2n]);
  });
});

test('elementCount', () => {
  expect(elementCount([])).toBe(1);
  expect(elementCount([2, 3])).toBe(6);
  expect(elementCount([2 ** 40, 0, 2 ** 40])).toBe(0);
  expect(() => elementCount([2 ** 30, 2 ** 30])).toThrow('too many elements');
});
