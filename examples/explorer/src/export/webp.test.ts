import { describe, expect, test } from '@jest/globals';
import sharp, { type WebpOptions } from 'sharp';
import { animatedWebp } from './webp.ts';

const SIZE = { width: 9, height: 6 };

/** A picture of one colour but for a corner, as WebP. */
const picture = (colour: readonly number[], options: WebpOptions) => {
  const channels = colour.length as 3 | 4;
  const pixels = Uint8Array.from({ length: 54 * channels }, (_, i) =>
    i < channels ? 255 : colour[i % channels]!,
  );
  return sharp(pixels, { raw: { ...SIZE, channels } })
    .webp(options)
    .toBuffer();
};

describe('an animated WebP', () => {
  test.each([
    [
      'without loss',
      { lossless: true },
      [
        [200, 30, 10],
        [10, 90, 250],
        [0, 0, 0],
      ],
      0,
    ],
    [
      'with loss',
      { quality: 95 },
      [
        [200, 30, 10],
        [10, 90, 250],
        [0, 0, 0],
      ],
      12,
    ],
    [
      'without loss, transparent',
      { lossless: true, exact: true },
      [
        [9, 9, 9, 0],
        [200, 30, 10, 128],
      ],
      0,
    ],
    [
      'with loss, transparent',
      { quality: 95 },
      [
        [200, 30, 10, 128],
        [10, 90, 250, 255],
      ],
      12,
    ],
  ] as const)('of pictures %s is read by libwebp as it was', async (_, options, colours, most) => {
    const pictures = await Promise.all(colours.map((colour) => picture(colour, options)));
    const file = animatedWebp(pictures, { ...SIZE, delay: 40 });
    const read = sharp(file, { animated: true });
    expect(await read.metadata()).toMatchObject({
      ...{ format: 'webp', width: 9, pageHeight: 6, pages: colours.length, loop: 0 },
      delay: colours.map(() => 40),
      hasAlpha: colours[0].length === 4,
    });
    const { data, info } = await read.raw().toBuffer({ resolveWithObject: true });
    for (const [frame, colour] of colours.entries()) {
      // The last pixel of each frame, away from the corner.
      const at = ((frame + 1) * 54 - 1) * info.channels;
      for (const [c, value] of colour.entries()) {
        const seen = colour[3] === 0 && c < 3 ? value : data[at + c]!;
        expect(Math.abs(seen - value)).toBeLessThanOrEqual(most);
      }
    }
  });

  test('is not made of what is no WebP, or of half of one', async () => {
    const whole = await picture([1, 2, 3], { lossless: true });
    const png = await sharp(whole).png().toBuffer();
    const options = { ...SIZE, delay: 40 };
    expect(() => animatedWebp([png], options)).toThrow('no WebP');
    expect(() => animatedWebp([whole.subarray(0, whole.length - 4)], options)).toThrow(
      'ends within',
    );
    expect(() => animatedWebp([whole.subarray(0, 12)], options)).toThrow('no WebP');
  });
});
