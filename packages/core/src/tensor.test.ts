import { describe, expect, test } from '@jest/globals';
import { ArgumentError, InputError } from './errors/index.ts';
import { checkRows, isTensor, rows, sizeOf, tensor } from './tensor.ts';

test('tensor wraps its data without a copy, and checks the dims', () => {
  const data = new Float32Array(6);
  expect(tensor(data, [2, 3]).data).toBe(data);
  expect(tensor(data)).toEqual({ data, dims: [6], dtype: 'float32' });
  expect(() => tensor(data, [2, 2])).toThrow(
    new InputError('tensor', '4 elements for dims [2, 2]', '6'),
  );
});

test.each([[undefined], [null], [[1, 2]], [new Float64Array(2)]])(
  'tensor wraps floats alone, not %p',
  (data) => {
    expect(() => tensor(data as never)).toThrow(new ArgumentError('data', 'a Float32Array', data));
  },
);

test('sizeOf a scalar is 1', () => {
  expect(sizeOf([])).toBe(1);
  expect(sizeOf([2, 0])).toBe(0);
  expect(sizeOf([2, 3, 4])).toBe(24);
  expect(() => sizeOf(6 as never)).toThrow(new ArgumentError('dims', 'an array of sizes', 6));
});

test.each([[[-1, -3]], [[1.5, 2]], [['batch', 3]], [[Number.NaN]], [[undefined, 3]]])(
  'sizes of a tensor are integers of at least 0, not %j',
  (dims) => {
    const error = new ArgumentError('dims', 'an integer of at least 0', dims[0]);
    expect(() => tensor(new Float32Array(3), dims as never)).toThrow(error);
  },
);

test('isTensor knows tensors from typed arrays and other objects', () => {
  expect(isTensor(tensor(new Float32Array(1)))).toBe(true);
  const whole = { data: new Int8Array(1), dims: [1], dtype: 'int8' };
  expect(isTensor(whole)).toBe(true);
  const { data, dims, dtype } = whole;
  for (const other of [
    ...[new Float32Array(1), null, undefined, 'tensor', {}],
    ...[
      { dims, dtype },
      { data, dtype },
      { data, dims },
    ],
    { ...whole, data: [1] },
    { ...whole, dims: new Int32Array(1) },
    Object.assign(() => 1, whole),
  ]) {
    expect(isTensor(other)).toBe(false);
  }
});

describe('checkRows', () => {
  const matrix = tensor(new Float32Array(6), [2, 3]);

  test.each([
    [{}],
    [{ n: 2 }],
    [{ size: 3 }],
    [{ n: 2, size: 3 }],
    [{ n: undefined, size: undefined }],
  ])('takes a matrix [2, 3] where %j is wanted', (wanted) => {
    expect(() => checkRows('z', matrix, wanted)).not.toThrow();
    expect(() => checkRows('z', matrix)).not.toThrow();
  });

  const float64 = { data: new Float64Array(6), dims: [2, 3], dtype: 'float64' };
  test.each<[string, unknown, object, string]>([
    ['no tensor', [1], {}, '[n, size], received [1]'],
    ['nothing', undefined, {}, '[n, size], received undefined'],
    ['doubles', float64, {}, "[n, size], received 'float64 [2, 3] over 6 values'"],
    [
      'doubles that claim to be floats',
      { ...float64, dtype: 'float32' },
      {},
      "[n, size], received 'float32 [2, 3] over 6 values'",
    ],
    [
      'floats that claim to be doubles',
      { ...matrix, dtype: 'float64' },
      {},
      "[n, size], received 'float64 [2, 3] over 6 values'",
    ],
    [
      'one dimension',
      tensor(new Float32Array(6)),
      {},
      "[n, size], received 'float32 [6] over 6 values'",
    ],
    [
      'three dimensions',
      tensor(new Float32Array(6), [2, 3, 1]),
      {},
      "[n, size], received 'float32 [2, 3, 1] over 6 values'",
    ],
    [
      'dims that do not fit',
      { ...matrix, dims: [2, 2] },
      {},
      "[n, size], received 'float32 [2, 2] over 6 values'",
    ],
    ['other rows', matrix, { n: 3 }, "[3, size], received 'float32 [2, 3] over 6 values'"],
    ['other columns', matrix, { size: 2 }, "[n, 2], received 'float32 [2, 3] over 6 values'"],
  ])('refuses %s', (_, value, wanted, told) => {
    const check = () => checkRows('z', value, wanted);
    expect(check).toThrow(ArgumentError);
    expect(check).toThrow(
      expect.objectContaining({ message: `z: expected a float32 tensor ${told}.` }),
    );
  });
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
    expect([...rows(tensor(Float32Array.of(5), []))]).toEqual([Float32Array.of(5)]);
  });

  test.each([[undefined], [null], [new Float32Array(2)], [{ dims: [1] }]])(
    'refuses %p',
    (value) => {
      expect(() => rows(value as never).next()).toThrow(
        new ArgumentError('rows', 'a tensor [n, …]', value),
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
