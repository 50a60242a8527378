import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { fakeCard } from '@latentkit/core/testing';
import sharp from 'sharp';
import { removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { ThumbnailSheets } from './thumbnail-sheets.ts';

afterAll(removeTemporaryFolders);

async function greyAt(file: string, x: number, y: number): Promise<number> {
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  return data[(y * info.width + x) * info.channels]!;
}

describe('sheets of thumbnails', () => {
  test('hold each picture in its cell, and no more rows than are used', async () => {
    const folder = temporaryFolder();
    const sheets = new ThumbnailSheets(folder, fakeCard({ item: [32, 32, 1] }));
    for (let i = 0; i < 66; i++) await sheets.add(new Float32Array(1024).fill(i % 2));
    const info = await sheets.finish();
    expect(info).toEqual({
      ...{ files: ['thumbnails-0.webp'], width: 32, height: 32, columns: 64, rows: 64 },
    });
    const file = join(folder, 'thumbnails-0.webp');
    expect(await sharp(file).metadata()).toMatchObject({ width: 2048, height: 64 });
    // WebP loses a little.
    expect(await greyAt(file, 16, 16)).toBeLessThan(6);
    expect(await greyAt(file, 48, 16)).toBeGreaterThan(249);
    expect(await greyAt(file, 48, 48)).toBeGreaterThan(249);
  });

  test('go on with the next sheet when one is full', async () => {
    const folder = temporaryFolder();
    const sheets = new ThumbnailSheets(folder, fakeCard({ item: [700, 1000, 1] }));
    // 1000 × 700 becomes 64 × 45: 32 side by side, 45 below one another.
    const item = new Float32Array(700_000).fill(0.5);
    for (let i = 0; i < 3; i++) await sheets.add(item);
    expect(await sheets.finish()).toMatchObject({ width: 64, height: 45, columns: 32, rows: 45 });
    const small = new ThumbnailSheets(folder, fakeCard({ item: [64, 64, 1] }));
    const grey = new Float32Array(4096).fill(0.5);
    for (let i = 0; i < 1025; i++) await small.add(grey);
    expect((await small.finish()).files).toEqual(['thumbnails-0.webp', 'thumbnails-1.webp']);
    expect(await sharp(join(folder, 'thumbnails-1.webp')).metadata()).toMatchObject({ height: 64 });
    expect(await readdir(folder)).toHaveLength(2);
  });

  test.each([
    ['light', 0],
    ['dark', 1],
  ])('tell that %s ink is drawn with, by the rim', async (ink, rim) => {
    const sheets = new ThumbnailSheets(temporaryFolder(), fakeCard({ item: [8, 8, 1] }));
    const item = new Float32Array(64).fill(rim);
    item.fill(1 - rim, 24, 40);
    await sheets.add(item);
    expect(await sheets.finish()).toMatchObject({ ink });
  });

  test('say nothing of ink where pictures have colour', async () => {
    const sheets = new ThumbnailSheets(temporaryFolder(), fakeCard({ item: [8, 8, 3] }));
    await sheets.add(new Float32Array(192));
    expect(await sheets.finish()).not.toHaveProperty('ink');
  });
});
