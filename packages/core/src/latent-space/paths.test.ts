import { describe, expect, test } from '@jest/globals';
import { latentGrid, latentPath } from './paths.ts';
import { rows } from './testing.ts';

const norm = (z: Float32Array) => Math.sqrt(z.reduce((sum, value) => sum + value * value, 0));

describe('paths', () => {
  test('a path passes through its points, and evenly between them', () => {
    const path = latentPath(rows([0, 0], [2, 0], [2, 4]), { steps: 2 });
    expect(path).toEqual(rows([0, 0], [1, 0], [2, 0], [2, 2], [2, 4]));
  });

  test('a path of slerps keeps the norm of points on a sphere', () => {
    const path = latentPath(rows([3, 0], [0, 3], [-3, 0]), { steps: 5, path: 'slerp' });
    for (let i = 0; i < 11; i++)
      expect(norm(path.data.subarray(2 * i, 2 * i + 2))).toBeCloseTo(3, 6);
  });

  test('a grid has its corners where they belong, and is bilinear', () => {
    const grid = latentGrid(rows([0, 0], [2, 0], [0, 4], [2, 4]), { rows: 3, columns: 2 });
    expect(grid).toEqual(rows([0, 0], [2, 0], [0, 2], [2, 2], [0, 4], [2, 4]));
  });

  test.each([
    ['one point', () => latentPath(rows([1, 2]), { steps: 2 }), /two latents/],
    [
      'no steps',
      () => latentPath(rows([1], [2]), { steps: 0 }),
      /^steps: expected an integer from 1 to 1073741823, received 0/,
    ],
    ['three corners', () => latentGrid(rows([1], [2], [3]), { rows: 2, columns: 2 }), /four/],
    [
      'one row',
      () => latentGrid(rows([1], [2], [3], [4]), { rows: 1, columns: 2 }),
      /^rows: expected an integer from 2 to 2147483647, received 1/,
    ],
  ])('%s is refused', (_, call, message) => expect(call).toThrow(message));
});
