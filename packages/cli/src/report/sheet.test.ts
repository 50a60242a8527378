import { describe, expect, test } from '@jest/globals';
import { drawSheet } from './sheet.ts';

const pixel = ({ data, width }: ReturnType<typeof drawSheet>, x: number, y: number) => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];
const SHEET = [13, 15, 26];
const DARK = [27, 30, 48];
const BRIGHT = [252, 247, 235];

describe('drawSheet', () => {
  test('lays grey items out in rows, from the lowest value to the highest', () => {
    // Three items of 1 × 2 pixels in two columns.
    const raster = drawSheet(Float32Array.of(-1, 1, 0, 5, -9, 1), {
      itemShape: [1, 2, 1],
      range: [-1, 1],
      columns: 2,
      scale: 1,
    });
    expect([raster.width, raster.height]).toEqual([7, 5]);
    expect([0, 1, 2, 3].map((x) => pixel(raster, x, 1))).toEqual([SHEET, DARK, BRIGHT, SHEET]);
    expect(pixel(raster, 4, 1)).toEqual([139, 138, 141]);
    // Values beyond the range are cut off; a cell without an item stays empty.
    expect([pixel(raster, 5, 1), pixel(raster, 1, 3)]).toEqual([BRIGHT, DARK]);
    expect([pixel(raster, 4, 3), pixel(raster, 5, 3)]).toEqual([SHEET, SHEET]);
  });

  test('shows three channels as they are', () => {
    const raster = drawSheet(Float32Array.of(1, 0.5, 0), {
      itemShape: [1, 1, 3],
      range: [0, 1],
      columns: 1,
      scale: 1,
    });
    expect(pixel(raster, 1, 1)).toEqual([255, 127, 0]);
  });

  test('enlarges pixels to squares, and parts rows that do not belong together', () => {
    const items = Float32Array.of(1, 1, 1);
    const options = { itemShape: [1, 1, 1], range: [0, 1], columns: 1 } as const;
    const raster = drawSheet(items, { ...options, scale: 3 });
    expect([raster.width, raster.height]).toEqual([9, 21]);
    expect([pixel(raster, 3, 3), pixel(raster, 5, 5), pixel(raster, 6, 5)]).toEqual([
      BRIGHT,
      BRIGHT,
      SHEET,
    ]);
    const pairs = drawSheet(items, { ...options, scale: 1, rowsTogether: 2 });
    expect(pairs.height).toBe(10);
    expect([1, 3, 5, 8].map((y) => pixel(pairs, 1, y))).toEqual([BRIGHT, BRIGHT, SHEET, BRIGHT]);
  });
});
