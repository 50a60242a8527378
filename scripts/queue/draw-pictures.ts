import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { zip } from '../../packages/data/src/testing.ts';

const SIDE = 28;
/** A zip of the simple kind holds no more than 65,535 files. */
const PER_ZIP = 50_000;
/** Pictures that are packed at a time. */
const TOGETHER = 64;

/**
 * Draws grey PNGs of 28 × 28, no two alike, into zips, cheaply: discs whose place, size and shade follow from the number.
 *
 * @returns the zips
 */
export async function drawPictures(folder: string, count: number): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const paths: string[] = [];
  for (let from = 0; from < count; from += PER_ZIP) {
    const to = Math.min(from + PER_ZIP, count);
    const files: [string, Uint8Array][] = [];
    for (let start = from; start < to; start += TOGETHER) {
      const numbers = Array.from({ length: Math.min(TOGETHER, to - start) }, (_, i) => start + i);
      const drawn = await Promise.all(numbers.map(draw));
      for (const [i, bytes] of drawn.entries()) {
        files.push([`${String(numbers[i]).padStart(7, '0')}.png`, bytes]);
      }
    }
    const path = join(folder, `pictures-${paths.length + 1}.zip`);
    await writeFile(path, zip(files));
    paths.push(path);
  }
  return paths;
}

/** Draws JPEGs of 1024 × 768 into a folder: soft colours under noise, about as large as photographs. */
export async function drawPhotos(folder: string, count: number): Promise<string> {
  await mkdir(folder, { recursive: true });
  const [width, height] = [1024, 768];
  for (let number = 0; number < count; number++) {
    const data = new Uint8Array(width * height * 3);
    let state = number + 1;
    for (let i = 0; i < data.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
      data[i] = (((x * (1 + (i % 3)) + y + 37 * number) >> 3) % 224) | (state >>> 28);
    }
    const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 85 })
      .toBuffer();
    await writeFile(join(folder, `${number}.jpg`), jpeg);
  }
  return folder;
}

function draw(number: number): Promise<Buffer> {
  const data = new Uint8Array(SIDE * SIDE);
  const [x, y] = [6 + (number % 17), 6 + (Math.floor(number / 17) % 17)];
  const radius = 2 + (Math.floor(number / 289) % 7);
  const shade = 64 + (Math.floor(number / 2023) % 192);
  for (let i = 0; i < data.length; i++) {
    const distance = ((i % SIDE) - x) ** 2 + (Math.floor(i / SIDE) - y) ** 2;
    data[i] = distance < radius ** 2 ? shade : 0;
  }
  return sharp(data, { raw: { width: SIDE, height: SIDE, channels: 1 } })
    .png({ compressionLevel: 1, adaptiveFiltering: false })
    .toBuffer();
}
