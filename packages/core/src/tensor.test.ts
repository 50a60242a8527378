import { expect, test } from '@jest/globals';
import { isTensor, sizeOf, tensor } from './tensor.ts';

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
