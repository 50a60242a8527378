import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { fitPicture, orient, type PictureTarget, type Pixels } from '@latentkit/core';
import sharp, { type Sharp } from 'sharp';
import { removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { decodePicture } from './decode-picture.ts';
import { pictureFault } from './picture-fault.ts';

afterAll(removeTemporaryFolders);

const colours = [
  [255, 0, 0],
  [0, 128, 255],
  [17, 200, 99],
  [250, 250, 5],
  [0, 0, 0],
  [255, 255, 255],
].flat();
const raw = (pixels: number[], channels: 1 | 2 | 3 | 4) =>
  sharp(Uint8Array.from(pixels), { raw: { width: 3, height: 2, channels } });
const plain = () => raw(colours, 3);

/** The picture as 3 channels without alpha. */
async function rgb(bytes: Uint8Array): Promise<number[]> {
  const { width, height, data, channels } = await decodePicture(sharp, bytes);
  const target = { width, height, channels: 3, background: [9, 9, 9] } as const;
  return [...fitPicture({ data, width, height, channels }, target)];
}

function expectClose(found: readonly number[], wanted: readonly number[], within: number): void {
  expect(found).toHaveLength(wanted.length);
  const worst = Math.max(...found.map((value, i) => Math.abs(value - (wanted[i] as number))));
  expect(worst).toBeLessThanOrEqual(within);
}

describe('decodePicture', () => {
  const grey16 = Uint16Array.of(0, 0x3333, 0x6666, 0x9999, 0xcccc, 0xffff);
  const greys = [0, 51, 102, 153, 204, 255].flatMap((value) => [value, value, value]);
  const from16 = () => sharp(grey16, { raw: { width: 3, height: 2, channels: 1 } });

  test.each<[string, () => Sharp, number[], number]>([
    ['PNG', () => plain().png(), colours, 0],
    ['lossless WebP', () => plain().webp({ lossless: true }), colours, 0],
    ['TIFF', () => plain().tiff({ compression: 'lzw' }), colours, 0],
    ['GIF', () => plain().gif(), colours, 2],
    ['a palette', () => plain().png({ palette: true, colours: 8 }), colours, 2],
    ['AVIF', () => plain().avif({ quality: 100, lossless: true }), colours, 3],
    ['16 bits of grey', () => from16().toColourspace('grey16').png(), greys, 0],
    ['16 bits of colour', () => plain().toColourspace('rgb16').png(), colours, 1],
    ['another profile', () => plain().withIccProfile('p3').png(), colours, 2],
    ['grey', () => raw([0, 51, 102, 153, 204, 255], 1).png(), greys, 0],
    [
      'grey and alpha',
      () => raw([0, 255, 51, 255, 102, 255, 153, 0, 204, 255, 255, 255], 2).png(),
      greys.with(9, 9).with(10, 9).with(11, 9),
      0,
    ],
  ])('%s', async (_, make, expected, within) => {
    expectClose(await rgb(await make().toBuffer()), expected, within);
  });

  test('CMYK becomes RGB', async () => {
    const wide = { width: 16, height: 16, channels: 3, background: '#3264c8' } as const;
    const cmyk = await sharp({ create: wide })
      .toColourspace('cmyk')
      .jpeg({ quality: 100 })
      .toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    const [r = 0, g = 0, b = 0] = await rgb(cmyk);
    // What ink can show of it: a blue of about that lightness.
    expect(Math.abs(r - 50) < 40 && Math.abs(g - 100) < 30 && Math.abs(b - 200) < 40).toBe(true);
  });

  test('of an animation the first frame', async () => {
    const frames = Uint8Array.from({ length: 3 * 2 * 3 * 2 }, (_, i) => (i < 18 ? 255 : 0));
    for (const format of ['gif', 'webp'] as const) {
      const animated = sharp(frames, { raw: { width: 3, height: 4, channels: 3, pageHeight: 2 } });
      const bytes = await animated.toFormat(format, { loop: 0, delay: [50, 50] }).toBuffer();
      expect((await sharp(bytes).metadata()).pages).toBe(2);
      expect(await rgb(bytes)).toEqual(Array(18).fill(255));
    }
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'turns orientation %d upright, as core does',
    async (turn) => {
      const bytes = await plain().withMetadata({ orientation: turn }).png().toBuffer();
      const stored: Pixels = { data: Uint8Array.from(colours), width: 3, height: 2, channels: 3 };
      const { data, width, height } = await decodePicture(sharp, bytes);
      const upright = orient(stored, turn);
      expect([width, height, ...data]).toEqual([upright.width, upright.height, ...upright.data]);
    },
  );
});

test.each(['a.png', 'A.PNG', 'a.jpg'])(
  'a PNG in a file named %s is decoded as its bytes are',
  async (name) => {
    const file = join(temporaryFolder(), name);
    const bytes = await plain().png().toBuffer();
    await writeFile(file, bytes);
    expect(await decodePicture(sharp, file)).toEqual(await decodePicture(sharp, bytes));
    // More of them than are read whole.
    await writeFile(file, Buffer.concat([bytes, Buffer.alloc(2 ** 22)]));
    expect(await decodePicture(sharp, file)).toMatchObject({ width: 3, height: 2 });
  },
);

test('of a file that is not there sharp says so', async () => {
  const file = join(temporaryFolder(), 'none.png');
  await expect(decodePicture(sharp, file)).rejects.toThrow(/missing/);
});

describe('a TIFF', () => {
  /** Of 4 × 4 pixels; `format` is 1 for unsigned, 2 for signed integers, 3 for floats (TIFF 6.0, section 19). */
  function tiff(
    data: Float32Array | Int16Array | Int32Array | Uint16Array,
    format: 1 | 2 | 3,
  ): Buffer {
    const channels = data.length / 16;
    const start = 200;
    const bytes = Buffer.alloc(start + data.byteLength);
    bytes.write('II*');
    bytes.writeUInt32LE(8, 4);
    const tags: [tag: number, count: number, value: number][] = [
      [256, 1, 4],
      [257, 1, 4],
      [258, channels, 8 * data.BYTES_PER_ELEMENT],
      [259, 1, 1],
      [262, 1, channels === 3 ? 2 : 1],
      [273, 1, start],
      [277, 1, channels],
      [278, 1, 4],
      [279, 1, data.byteLength],
      [339, channels, format],
    ];
    bytes.writeUInt16LE(tags.length, 8);
    let beside = start - 12;
    for (const [i, [tag, count, value]] of tags.entries()) {
      const at = 10 + 12 * i;
      bytes.writeUInt16LE(tag, at);
      bytes.writeUInt16LE(3, at + 2);
      bytes.writeUInt32LE(count, at + 4);
      if (count > 2) bytes.writeUInt32LE(beside, at + 8);
      const to = count > 2 ? beside : at + 8;
      for (let k = 0; k < count; k++) bytes.writeUInt16LE(value, to + 2 * k);
      if (count > 2) beside += 2 * count;
    }
    bytes.set(new Uint8Array(data.buffer), start);
    return bytes;
  }
  const rising = (i: number) => i / 15;

  test.each([
    ['float', Float32Array.from({ length: 16 }, (_, i) => rising(i)), 3],
    ['int', Int32Array.from({ length: 16 }, (_, i) => 255 * rising(i)), 2],
    ['short', Int16Array.from({ length: 16 }, (_, i) => 32_767 * rising(i)), 2],
  ] as const)(
    'of values of type %s is refused: nothing says what is white',
    async (type, data, format) => {
      const bytes = tiff(data, format);
      const file = join(temporaryFolder(), 'a.tif');
      await writeFile(file, bytes);
      for (const input of [bytes, file]) {
        const cause = await decodePicture(sharp, input).catch((error) => error);
        expect(pictureFault(cause)).toBe(
          `its values are of type ${type}, for which nothing says what is white; save it with 8 or 16 bits a channel`,
        );
      }
    },
  );

  test('of 16 bits reaches from black to white', async () => {
    const { data } = await decodePicture(
      sharp,
      tiff(
        Uint16Array.from({ length: 16 }, (_, i) => 65_535 * rising(i)),
        1,
      ),
    );
    expect([data[0], data.at(-1)]).toEqual([0, 255]);
  });

  test('of floats in colour is of linear light, 1 white', async () => {
    const grey = Float32Array.from({ length: 48 }, (_, i) => rising(Math.floor(i / 3)));
    const { data } = await decodePicture(sharp, tiff(grey, 3));
    // IEC 61966-2-1, as halfway up: 1.055 · (7/15)^(1/2.4) − 0.055.
    expect([data[0], data[21], data[45]]).toEqual([0, 182, 255]);
    // Highlights are beyond it.
    const bright = await decodePicture(sharp, tiff(grey.with(47, 20), 3));
    expect([bright.data[0], bright.data[21], bright.data[47]]).toEqual([0, 182, 255]);
  });

  test('of floats in colour that are brighter than white on average is refused', async () => {
    const values = Float32Array.from({ length: 48 }, (_, i) => 255 * rising(Math.floor(i / 3)));
    const cause = await decodePicture(sharp, tiff(values, 3)).catch((error) => error);
    expect(pictureFault(cause)).toBe(
      'its values are floats of up to 255, 127.5 on average, where 1 is white; bring them to 0 to 1 of linear light, or save it with 8 or 16 bits a channel',
    );
  });
});

describe('a JPEG that its decoder reduces', () => {
  const target: PictureTarget = { width: 16, height: 16, channels: 3 };
  const waves = (width: number, height: number) => {
    const data = new Uint8Array(width * height * 3);
    for (let i = 0; i < data.length; i++) {
      const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
      data[i] = 128 + 80 * Math.sin(x / 9 + (i % 3)) + 40 * Math.cos(y / 7);
    }
    return sharp(data, { raw: { width, height, channels: 3 } });
  };

  test.each([
    [640, 480, 1, 8],
    [333, 301, 1, undefined],
    [404, 300, 1, 4],
    [192, 136, 6, 4],
    [190, 135, 6, undefined],
    [100, 70, 8, 2],
    [40, 40, 1, undefined],
  ])(
    '%d × %d, orientation %d: reduced by %s, and the same item',
    async (width, height, turn, factor) => {
      const file = join(temporaryFolder(), 'a photo [1].jpg');
      await writeFile(
        file,
        await waves(width, height)
          .withMetadata({ orientation: turn })
          .jpeg({ quality: 95 })
          .toBuffer(),
      );
      const reduced = await decodePicture(sharp, file, { reduceFor: target });
      expect(reduced.reducedFrom?.factor).toBe(factor);
      const whole = await decodePicture(sharp, file);
      const upright = turn >= 5 ? [height, width] : [width, height];
      expect([whole.width, whole.height]).toEqual(upright);
      expectClose([...fitPicture(reduced, target)], [...fitPicture(whole, target)], 2);
    },
  );

  test('a PNG of that name is decoded whole', async () => {
    const file = join(temporaryFolder(), 'a.jpg');
    await writeFile(file, await waves(640, 480).png().toBuffer());
    expect((await decodePicture(sharp, file, { reduceFor: target })).reducedFrom).toBeUndefined();
  });
});

describe('pictureFault', () => {
  const fault = (input: Uint8Array | string) =>
    decodePicture(sharp, input).then(
      () => 'none',
      (cause) => pictureFault(cause),
    );

  describe.each(['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'] as const)('of a %s', (format) => {
    const whole = () => {
      const data = Uint8Array.from({ length: 60 * 60 * 3 }, (_, i) => (i * i * 7) % 256);
      return sharp(data, { raw: { width: 60, height: 60, channels: 3 } })
        .toFormat(format)
        .toBuffer();
    };

    test.each([0.6, 0.95])('that is cut off after %d of it says so', async (share) => {
      const bytes = await whole();
      const found = await fault(bytes.subarray(0, Math.floor(bytes.length * share)));
      // A TIFF has its list of contents at its end: without it, it is none.
      const words =
        format === 'tiff'
          ? /^it is (damaged or cut off \(.+\)|no picture of a known format .+)$/
          : /^it is damaged or cut off \(.+\)$/;
      expect(found).toMatch(words);
      expect(found).not.toMatch(/failOn|bad seek|Input buffer|\n/);
    });
  });

  test.each<[string, () => string | Uint8Array | Promise<Uint8Array>]>([
    ['SVG', () => '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'],
    ['SVG behind a mark of its encoding', () => '\ufeff<?xml version="1.0"?><svg width="9"/>'],
    [
      'SVG in gzip',
      () => gzipSync('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    ],
    ["libvips' own", () => Uint8Array.of(0x08, 0xf2, 0xa6, 0xb6, ...new Uint8Array(60))],
    ['PPM', () => 'P3 1 1 255 1 2 3'],
  ])('%s is no known format, whatever its name', async (_, make) => {
    const bytes = Buffer.from((await make()) as Uint8Array);
    const file = join(temporaryFolder(), 'picture.png');
    const other = join(temporaryFolder(), 'picture.tif');
    await writeFile(file, bytes);
    await writeFile(other, bytes);
    for (const input of [bytes, file, other]) {
      expect(await fault(input)).toMatch(/^it is no picture of a known format/);
    }
  });

  test('an empty file is said to be empty, by bytes and by any name', async () => {
    for (const name of ['a.png', 'a.jpg', 'a.webp']) {
      const file = join(temporaryFolder(), name);
      await writeFile(file, '');
      expect(await fault(file)).toBe('it is empty');
    }
    expect(await fault(new Uint8Array())).toBe('it is empty');
  });

  test('what libvips keeps to itself is damage all the same', () => {
    const alone = new Error('Warning treated as error due to failOn setting');
    expect(pictureFault(alone)).toBe('it is damaged or cut off');
    const header = new Error('Input file has corrupt header: \nWarning treated as error');
    expect(pictureFault(header)).toBe('it is damaged or cut off');
    const known = new Error(`${alone.message}\nVipsJpeg: premature end of JPEG image`);
    expect(pictureFault(known)).toBe(
      'it is damaged or cut off (VipsJpeg: premature end of JPEG image)',
    );
  });

  test('says what is wrong in words', async () => {
    expect(await fault(Buffer.from('hello, this is text'))).toMatch(/^it is no picture of a known/);
    const jpeg = await sharp({ create: { width: 99, height: 99, channels: 3, background: '#777' } })
      .jpeg()
      .toBuffer();
    expect(await fault(jpeg.subarray(0, jpeg.length - 60))).toMatch(/premature end|VipsJpeg/i);
    const huge = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#777' } })
      .png()
      .toBuffer();
    // A header that promises 30,000 × 30,000.
    huge.writeUInt32BE(30_000, 16);
    huge.writeUInt32BE(30_000, 20);
    huge.writeUInt32BE(crc32(huge.subarray(12, 29)), 29);
    expect(await fault(huge)).toMatch(/268 million pixels/);
  });
});
