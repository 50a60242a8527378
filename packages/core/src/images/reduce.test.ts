import { expect, test } from '@jest/globals';
import type { Pixels } from './pixels.ts';
import { reduce } from './reduce.ts';
import { noise } from './testing.ts';

/** The mean of all pixels of one block, rounded half up, by exact integers. */
function meanOf(picture: Pixels, factor: number, column: number, row: number, channel: number) {
  const { data, width, height, channels } = picture;
  const block: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = Math.floor(x / factor) === column && Math.floor(y / factor) === row;
      if (inside) block.push(data[(y * width + x) * channels + channel] as number);
    }
  }
  const sum = block.reduce((total, value) => total + value);
  return Math.floor((2 * sum + block.length) / (2 * block.length));
}

test.each([
  [8, 8, 1, 2],
  [7, 5, 1, 2],
  [7, 5, 2, 4],
  [7, 5, 3, 2],
  [9, 17, 3, 8],
  [6, 9, 4, 4],
  [3, 2, 3, 8],
  [1, 1, 4, 8],
] as const)('%d × %d pixels of %d channels, by %d: each block is its mean', (...size) => {
  const [width, height, channels, factor] = size;
  const picture = noise(width, height, channels);
  const [columns, rows] = [Math.ceil(width / factor), Math.ceil(height / factor)];
  const expected: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (let c = 0; c < channels; c++) expected.push(meanOf(picture, factor, column, row, c));
    }
  }
  const { data, ...rest } = reduce(picture, factor);
  expect(rest).toEqual({ width: columns, height: rows, channels });
  expect([...data]).toEqual(expected);
});

test('halves are rounded up', () => {
  const picture: Pixels = { data: Uint8Array.of(0, 1, 2, 5), width: 4, height: 1, channels: 1 };
  expect([...reduce(picture, 2).data]).toEqual([1, 4]);
});

test('by 1 the picture itself', () => {
  const picture = noise(2, 2, 3);
  expect(reduce(picture, 1)).toBe(picture);
});
