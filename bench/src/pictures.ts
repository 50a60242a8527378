import { link, mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';

/** Different pictures; the rest are links to them, which decode as slowly and are made faster. */
const DISTINCT = 24;

export interface PictureSet {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly format: 'png' | 'jpeg';
}

export interface WrittenPictures {
  readonly folder: string;
  readonly files: readonly string[];
}

/** Writes pictures of waves with a little noise, in three colours. */
export async function writePictures(
  folder: string,
  { count, width, height, format }: PictureSet,
): Promise<WrittenPictures> {
  await mkdir(folder, { recursive: true });
  const files = Array.from({ length: count }, (_, i) => join(folder, `${i}.${format}`));
  for (const [i, file] of files.entries()) {
    if (i >= DISTINCT) {
      await link(files[i % DISTINCT] as string, file);
      continue;
    }
    const pixels = new Uint8Array(width * height * 3);
    for (let at = 0; at < pixels.length; at++) {
      const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
      const waves =
        Math.sin((x * 9) / width + i + (at % 3)) + Math.cos((y * 7) / height + (x * i) / width);
      pixels[at] = 128 + 50 * waves + 8 * Math.random();
    }
    const picture = sharp(pixels, { raw: { width, height, channels: 3 } });
    await writeFile(file, await picture.toFormat(format).toBuffer());
  }
  return { folder, files };
}

/** As many at a time as there are threads to decode on, and as many again waiting. */
const AHEAD = 2 * availableParallelism() + 2;

/** Has sharp decode files and nothing else, on every core; with a side, also resize them. */
export async function decodeAll(files: readonly string[], side?: number): Promise<void> {
  sharp.concurrency(1);
  let next = 0;
  const work = async () => {
    while (next < files.length) {
      const picture = sharp(files[next++]);
      await (side ? picture.resize(side, side) : picture).raw().toBuffer();
    }
  };
  await Promise.all(Array.from({ length: AHEAD }, work));
}
