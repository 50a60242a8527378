import { describe, expect, test } from '@jest/globals';
import { isTensor, rows, sizeOf, tensor } from './tensor.ts';

test('tensor wraps its data without a copy, and checks the dims', () => {
  const data = new Float32Array(6);
  expect(tensor(data, [2, 3]).data).toBe(data);
  expect(tensor(data).dims).toEqual([6]);
  expect(() => tensor(data, [2, 2])).toThrow(/expected 4 elements for dims \[2, 2\], received 6/);
});

test('sizeOf a scalar is 1', () => {
  expect(sizeOf([])).toBe(1);
  expect(sizeOf([2, 0])).toBe(0);
});

test('isTensor knows tensors from typed arrays and other objects', () => {
  expect(isTensor(tensor(new Float32Array(1)))).toBe(true);
  for (const other of [new Float32Array(1), null, {}, { data: [1], dims: [1], dtype: 'float32' }]) {
    expect(isTensor(other)).toBe(false);
  }
});

describe('rows', () => {
  test('gives views of the items one by one', () => {
    const matrix = tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 1, 2]);
    const found = [...rows(matrix)];
    expect(found).toEqual([Float32Array.of(1, 2), Float32Array.of(3, 4), Float32Array.of(5, 6)]);
    expect(found[1]?.buffer).toBe(matrix.data.buffer);
  });

  test('of every dtype, of one dimension, and of none', () => {
    const codes = { data: Int32Array.of(7, 8), dims: [2], dtype: 'int32' } as const;
    expect([...rows(codes)]).toEqual([Int32Array.of(7), Int32Array.of(8)]);
    expect([...rows(tensor(new Float32Array(0), [0, 3]))]).toEqual([]);
  });

  test.each([[undefined], [null], [new Float32Array(2)], [{ dims: [1] }]])(
    'refuses %p',
    (value) => {
      expect(() => rows(value as never).next()).toThrow(
        expect.objectContaining({ code: 'invalid-argument' }),
      );
    },
  );

  test('refuses dims that do not fit the data', () => {
    const lie = { data: new Float32Array(3), dims: [2, 2], dtype: 'float32' } as const;
    expect(() => rows(lie).next()).toThrow(
      'tensor: expected 4 elements for dims [2, 2], received 3.',
    );
  });
});
