import { describe, expect, test } from '@jest/globals';
import { type Tensor, tensor } from '../tensor.ts';
import { allocateRows, rowsOf, sliceRows } from './rows.ts';
import type { NamedTensors } from './runner.ts';

const floats = (...values: number[]) => Float32Array.from(values);
const codes: Tensor = { data: Int32Array.of(7, 8, 9), dims: [3, 1], dtype: 'int32' };

describe('rowsOf', () => {
  test('counts the rows of the first tensor, and slices them all', () => {
    const { count, feeds } = rowsOf({ x: tensor(floats(1, 2, 3, 4, 5, 6), [3, 2]), codes });
    expect(count).toBe(3);
    expect(feeds(1, 3)).toEqual({
      x: tensor(floats(3, 4, 5, 6), [2, 2]),
      codes: { data: Int32Array.of(8, 9), dims: [2, 1], dtype: 'int32' },
    });
  });

  test.each<[string, NamedTensors]>([
    ['nothing', {}],
    ['a number without dims', { x: tensor(floats(1), []) }],
  ])('takes %s for one row', (_, feeds) => {
    expect(rowsOf(feeds).count).toBe(1);
  });
});

test('sliceRows gives views of the rows', () => {
  const data = floats(1, 2, 3, 4, 5, 6, 7, 8);
  const { x } = sliceRows({ x: tensor(data, [2, 2, 2]) }, 1, 2);
  expect(x).toEqual(tensor(floats(5, 6, 7, 8), [1, 2, 2]));
  expect(x?.data.buffer).toBe(data.buffer);
});

describe('allocateRows', () => {
  test('makes room for all rows of each output, the first of them filled in', () => {
    const first = { y: tensor(floats(1, 2, 3, 4), [2, 2]), codes };
    expect(() => allocateRows(first, 2, 3)).toThrow();
    expect(allocateRows({ y: first.y }, 2, 3)).toEqual({
      y: tensor(floats(1, 2, 3, 4, 0, 0), [3, 2]),
    });
    expect(allocateRows({ codes }, 3, 4)).toEqual({
      codes: { data: Int32Array.of(7, 8, 9, 0), dims: [4, 1], dtype: 'int32' },
    });
  });

  test.each<[string, Tensor, string]>([
    ['fewer', tensor(floats(1), [1, 1]), '1, 1'],
    ['more', codes, '3, 1'],
    ['none', tensor(floats(1), []), ''],
  ])('refuses outputs of %s rows than were fed', (_, y, dims) => {
    expect(() => allocateRows({ y }, 2, 4)).toThrow(
      expect.objectContaining({
        code: 'runtime',
        message:
          `The graph's output 'y' should have a row for each of 2 items, received dims [${dims}]. ` +
          'The graph does not match its card; export the model again.',
      }),
    );
  });
});
