import { LatentkitError, type Pixels } from '@latentkit/core';

/** As in Node, where decoders refuse more. */
const PIXEL_LIMIT = 0x3fff ** 2;

/** A canvas of so many pixels a side is there in every browser. */
const TILE = 4096;

/**
 * The pixels of a bitmap that a canvas may be too small for: read in tiles.
 *
 * @param name what an error calls the picture
 * @param read gives the pixels of a tile
 * @throws LatentkitError `invalid-data` for more than 268 million pixels
 */
export async function tiledPixels(
  bitmap: ImageBitmap,
  name: string,
  read: (tile: ImageBitmap) => Promise<Pixels>,
): Promise<Pixels> {
  const { width, height } = bitmap;
  if (width * height > PIXEL_LIMIT) {
    throw new LatentkitError(
      'invalid-data',
      `${name} cannot be read as an image: it has more than 268 million pixels, which is the limit.`,
    );
  }
  const data = new Uint8ClampedArray(4 * width * height);
  for (let top = 0; top < height; top += TILE) {
    for (let left = 0; left < width; left += TILE) {
      const [w, h] = [Math.min(TILE, width - left), Math.min(TILE, height - top)];
      const options: ImageBitmapOptions = { premultiplyAlpha: 'none' };
      const tile = await createImageBitmap(bitmap, left, top, w, h, options);
      const pixels = await read(tile).finally(() => tile.close());
      for (let y = 0; y < h; y++) {
        const row = pixels.data.subarray(4 * w * y, 4 * w * (y + 1));
        data.set(row, 4 * (width * (top + y) + left));
      }
    }
  }
  return { data, width, height, channels: 4 };
}
