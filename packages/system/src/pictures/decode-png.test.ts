import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { Pixels } from '@latentkit/core';
import sharp from 'sharp';
import { damagesOf } from '../files/damages.ts';
import { decodePicture } from './decode-picture.ts';
import { decodePng } from './decode-png.ts';
import { plainPngSize } from './plain-png.ts';

const [WIDTH, HEIGHT] = [9, 7];

/** What sharp alone makes of a file. */
async function bySharp(bytes: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(bytes)
    .rotate()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { ...info, data, channels: info.channels as Pixels['channels'] };
}

/** Sides and pixels with red, green, blue and alpha each: sharp gives colour for grey. */
function rgba({ data, width, height, channels }: Pixels): string {
  const isGrey = channels < 3;
  const pixels = Array.from({ length: width * height }, (_, at) => {
    const [first = 0, second = 0, third = 0, alpha = 255] = data.subarray(at * channels);
    if (isGrey) return [first, first, first, channels === 2 ? second : 255];
    return [first, second, third, channels === 4 ? alpha : 255];
  });
  return `${width} × ${height}: ${Buffer.from(pixels.flat()).toString('hex')}`;
}

const noise = (length: number) => Uint8Array.from({ length }, (_, i) => (i * i * 37 + 11) % 256);

function chunk(type: string, contents: Uint8Array): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(type, 'latin1'), contents]);
  bytes.writeUInt32BE(contents.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(bytes.subarray(4)));
  return Buffer.concat([bytes, checksum]);
}

const COLOURS = { grey: [0, 1], colour: [2, 3], palette: [3, 1], greyAlpha: [4, 2], alpha: [6, 4] };

/** A PNG of noise whose rows take turns at the five filters, with more chunks before its pixels and behind them. */
function png(
  kind: keyof typeof COLOURS,
  { depth = 8, before = [] as Buffer[], behind = [] as Buffer[] } = {},
): Buffer {
  const [type = 0, channels = 0] = COLOURS[kind];
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  header.set([depth, type], 8);
  const rowBytes = Math.ceil((WIDTH * channels * depth) / 8);
  const rows = Array.from({ length: HEIGHT }, (_, y) =>
    Buffer.from([y % 5, ...noise(rowBytes * HEIGHT).subarray(y * rowBytes, (y + 1) * rowBytes)]),
  );
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...before,
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    ...behind,
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const palette = (count: number) => chunk('PLTE', noise(3 * count));
const uint32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer).reverse();

const PLAIN: [string, Buffer][] = [
  ['grey', png('grey')],
  ['grey, one shade of it transparent', png('grey', { before: [chunk('tRNS', Buffer.of(0, 11))] })],
  ['grey and alpha', png('greyAlpha')],
  ['colour', png('colour')],
  [
    'colour, one transparent',
    png('colour', { before: [chunk('tRNS', Buffer.alloc(6, '\0\x0b'))] }),
  ],
  ['colour and alpha', png('alpha')],
  ['a palette', png('palette', { before: [palette(256)] })],
  ['a palette with alpha', png('palette', { before: [palette(256), chunk('tRNS', noise(100))] })],
  ...[1, 2, 4].map((depth): [string, Buffer] => [
    `a palette of ${2 ** depth}`,
    png('palette', { depth, before: [palette(2 ** depth)] }),
  ]),
  [
    'with a gamma, chromaticities, a date and a text',
    png('colour', {
      before: [
        chunk('gAMA', uint32(45_455)),
        chunk(
          'cHRM',
          Buffer.concat([31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000].map(uint32)),
        ),
        chunk('tIME', Buffer.of(7, 234, 11, 26, 17, 40, 0)),
      ],
      behind: [chunk('tEXt', Buffer.from('Title\0noise'))],
    }),
  ],
];

describe('decodePng', () => {
  test.each(PLAIN)('of %s is what sharp gives', async (_, bytes) => {
    const picture = (await decodePng(bytes)) as Pixels;
    expect(rgba(picture)).toBe(rgba(await bySharp(bytes)));
    expect(picture).toMatchObject({ width: WIDTH, height: HEIGHT });
    // Also where it is a part of other bytes.
    const part = Buffer.concat([Buffer.from('part'), bytes, bytes]).subarray(4, 4 + bytes.length);
    expect(await decodePng(part)).toEqual(picture);
  });

  test.each<[string, Buffer]>([
    ['16 bits', png('colour', { depth: 16 })],
    ['grey of 4 bits', png('grey', { depth: 4 })],
    ['a profile', png('colour', { before: [chunk('iCCP', Buffer.from('p\0\0'))] })],
    ['a turn', png('colour', { before: [chunk('eXIf', Buffer.from('MM\0*'))] })],
    ['a turn behind its pixels', png('colour', { behind: [chunk('eXIf', Buffer.from('MM\0*'))] })],
    ['frames', png('colour', { before: [chunk('acTL', Buffer.alloc(8))] })],
    ['colours of television', png('colour', { before: [chunk('cICP', Buffer.of(9, 16, 0, 1))] })],
    ['no end', png('colour').subarray(0, -12)],
    ['no pixels', png('colour').subarray(0, 33)],
    ['another format', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['nothing', Buffer.alloc(0)],
  ])('leaves one with %s to sharp', async (_, bytes) => {
    expect(await decodePng(bytes)).toBeUndefined();
  });

  test('leaves a large one to sharp', async () => {
    const sized = (width: number, height: number) => {
      const bytes = png('grey');
      bytes.writeUInt32BE(width, 16);
      bytes.writeUInt32BE(height, 20);
      return bytes;
    };
    expect(plainPngSize(sized(2048, 2048))).toEqual({ width: 2048, height: 2048 });
    expect(plainPngSize(sized(2049, 2048))).toBeUndefined();
    expect(plainPngSize(sized(2 ** 31, 2 ** 31))).toBeUndefined();
  });
});

test.each(PLAIN)('a damaged PNG of %s is decoded as by sharp, or refused', async (_, bytes) => {
  const outcome = (decoding: Promise<Pixels>) => decoding.then(rgba, ({ message }) => message);
  for (const { name, bytes: damaged } of damagesOf(bytes)) {
    const found = await outcome(decodePicture(sharp, damaged));
    expect([name, found]).toEqual([name, await outcome(bySharp(damaged))]);
  }
});
