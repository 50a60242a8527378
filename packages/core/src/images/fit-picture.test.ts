import { describe, expect, test } from '@jest/globals';
import { ArgumentError, InputError } from '../errors/index.ts';
import { type Fit, fitPicture, type PictureTarget, reductionFor } from './fit-picture.ts';
import cases from './pillow-pictures.json';
import type { Pixels } from './pixels.ts';
import { reduce } from './reduce.ts';
import { noise } from './testing.ts';

const plain = (value: readonly number[], width: number, height: number): Pixels => ({
  data: Uint8Array.from(
    { length: width * height * value.length },
    (_, i) => value[i % value.length] as number,
  ),
  width,
  height,
  channels: value.length as Pixels['channels'],
});

describe('fitPicture gives the bytes that Pillow gives', () => {
  test.each(cases)('$from to $to, $fit', ({ from, to, fit, reduction, bytes }) => {
    const [width = 0, height = 0, channels = 0] = from;
    const target: PictureTarget = {
      width: to[0] as number,
      height: to[1] as number,
      channels: channels as 1 | 3 | 4,
      fit: fit as Fit,
      background: channels === 3 ? [10, 20, 30] : [20, 20, 20],
    };
    expect(reductionFor(width, height, target)).toBe(reduction);
    const seen = fitPicture(noise(width, height, channels as 1 | 3 | 4), target);
    const expected = Buffer.from(bytes, 'base64');
    // Pillow's means of the blocks that the edge cuts are off by one now and then; ours are rounded exactly.
    const exact = width % reduction === 0 && height % reduction === 0;
    const errors = seen.map((value, i) => Math.abs(value - (expected[i] as number)));
    expect([seen.length, Math.max(...errors) <= (exact ? 0 : 1)]).toEqual([expected.length, true]);
  });
});

describe('fitPicture', () => {
  test.each([
    [[255, 0, 0], 76],
    [[0, 255, 0], 150],
    [[0, 0, 255], 29],
    [[255, 255, 255], 255],
    [[127, 127, 127], 127],
    [[12, 200, 99], Math.round(0.299 * 12 + 0.587 * 200 + 0.114 * 99)],
  ])('makes of %j the grey %d, and other weights another', (colour, grey) => {
    const picture = plain(colour, 3, 2);
    expect([...fitPicture(picture, { width: 1, height: 1, channels: 1 })]).toEqual([grey]);
    const red = fitPicture(picture, { width: 1, height: 1, channels: 1, grey: [1, 0, 0] });
    expect([...red]).toEqual([colour[0]]);
  });

  test.each<[number[], 1 | 3 | 4, number[]]>([
    [[90], 3, [90, 90, 90]],
    [[90], 4, [90, 90, 90, 255]],
    [[90, 51], 1, [Math.round((90 * 51 + 200 * 204) / 255)]],
    [[90, 51], 4, [90, 90, 90, 51]],
    [[255, 0, 0, 0], 3, [200, 200, 200]],
    [[255, 0, 0, 255], 3, [255, 0, 0]],
    [[255, 0, 0, 255], 1, [76]],
    [[100, 50, 200, 51], 4, [100, 50, 200, 51]],
    [[250, 0, 10, 127], 4, [250, 0, 10, 127]],
  ])('brings %j to %d channels: %j', (value, channels, expected) => {
    const target = { width: 2, height: 2, channels, background: [200, 200, 200] } as const;
    const seen = fitPicture(plain(value, 2, 2), target);
    expect([...seen.subarray(0, channels)]).toEqual(expected);
  });

  test('what is transparent lends no colour to its neighbours', () => {
    const data = Uint8Array.of(255, 0, 0, 255, 0, 255, 0, 0);
    const seen = fitPicture(
      { data, width: 2, height: 1, channels: 4 },
      { width: 1, height: 1, channels: 4, fit: 'fill' },
    );
    expect([...seen]).toEqual([255, 0, 0, 128]);
  });

  test('what the kernel leaves without alpha is black', () => {
    // A trace of white beside opaque black: at ¼ from it alpha is 10 · 111/128 − 255 · 12/128, white 10 · 111/128.
    const clear = [0, 0, 0, 0];
    const black = [0, 0, 0, 255];
    const row = [clear, clear, [255, 255, 255, 10], black, black, black].flat();
    const picture = { data: Uint8Array.from(row), width: 6, height: 1, channels: 4 } as const;
    const seen = fitPicture(picture, { width: 12, height: 1, channels: 4, fit: 'fill' });
    expect([...seen.subarray(4 * 4, 5 * 4)]).toEqual(clear);
  });

  test('pictures of the right size pass unchanged', () => {
    const picture = noise(6, 4, 3);
    for (const fit of ['cover', 'contain', 'fill'] as const) {
      expect(fitPicture(picture, { width: 6, height: 4, channels: 3, fit })).toEqual(picture.data);
    }
  });

  test('a decoder that reduced the picture itself changes nothing but what it rounded', () => {
    const picture = noise(101, 67, 3);
    const target: PictureTarget = { width: 6, height: 4, channels: 3 };
    const whole = fitPicture(picture, target);
    const reducedFrom = { width: 101, height: 67, factor: 8 } as const;
    expect(fitPicture({ ...reduce(picture, 8), reducedFrom }, target)).toEqual(whole);
    const quarter = { ...reduce(picture, 4), reducedFrom: { ...reducedFrom, factor: 4 } as const };
    const seen = fitPicture(quarter, target);
    const worst = Math.max(...seen.map((value, i) => Math.abs(value - (whole[i] as number))));
    // The mean of cut blocks at the edge weighs them otherwise.
    expect(worst).toBeLessThanOrEqual(8);
  });

  test('has no colour where nothing is seen, and the rest as it is', () => {
    const data = Uint8Array.of(9, 8, 7, 0, 9, 8, 7, 1, 9, 8, 7, 0);
    const target = { width: 3, height: 1, channels: 4 } as const;
    expect([...fitPicture({ data, width: 3, height: 1, channels: 4 }, target)]).toEqual([
      ...[0, 0, 0, 0],
      ...[9, 8, 7, 1],
      ...[0, 0, 0, 0],
    ]);
    expect([...data.subarray(0, 4)]).toEqual([9, 8, 7, 0]);
  });

  test('black shows through where no background is said', () => {
    const target = { width: 2, height: 2, channels: 3 } as const;
    const seen = fitPicture(plain([100, 50, 200, 51], 2, 2), target);
    expect([...seen.subarray(0, 3)]).toEqual([20, 10, 40]);
  });

  test('clamped bytes of the right size are given as bytes, in the same memory', () => {
    const data = new Uint8ClampedArray(8).subarray(2, 5);
    data.set([1, 2, 3]);
    const target = { width: 1, height: 1, channels: 3 } as const;
    const seen = fitPicture({ data, width: 1, height: 1, channels: 3 }, target);
    expect(seen).toEqual(Uint8Array.of(1, 2, 3));
    expect([seen.buffer === data.buffer, seen.byteOffset]).toEqual([true, 2]);
    const own = Uint8Array.of(1, 2, 3);
    expect(fitPicture({ data: own, width: 1, height: 1, channels: 3 }, target)).toBe(own);
  });

  test('cover cuts the middle out', () => {
    const row = Uint8Array.of(0, 10, 20, 30, 40, 50);
    const two = Uint8Array.of(...row, ...row);
    const target = { width: 2, height: 2, channels: 1 } as const;
    const wide = { data: two, width: 6, height: 2, channels: 1 } as const;
    expect([...fitPicture(wide, target)]).toEqual([20, 30, 20, 30]);
    const tall = {
      data: Uint8Array.from({ length: 12 }, (_, i) => 10 * (i >> 1)),
      width: 2,
      height: 6,
      channels: 1,
    } as const;
    expect([...fitPicture(tall, { ...target, fit: 'cover' })]).toEqual([20, 20, 30, 30]);
  });

  test.each(['wide', 'tall'])(
    'cover cuts the middle out of a %s picture that is reduced first',
    (shape) => {
      const [width, height] = shape === 'wide' ? [96, 32] : [32, 96];
      // 200 from 24 to 72, eight pixels more than the 32 of the middle on either side.
      const data = Uint8Array.from({ length: width * height }, (_, i) => {
        const along = shape === 'wide' ? i % width : Math.floor(i / width);
        return along >= 24 && along < 72 ? 200 : 0;
      });
      const target = { width: 8, height: 8, channels: 1 } as const;
      expect(reductionFor(width, height, target)).toBe(2);
      expect(fitPicture({ data, width, height, channels: 1 }, target)).toEqual(
        new Uint8Array(64).fill(200),
      );
    },
  );

  test.each<[string, number, number, Partial<PictureTarget>, string[]]>([
    // 2 · 5 / 4 = 2.5 rows are 3, and of the two left one is above.
    ['wide', 4, 2, {}, ['00000', '99999', '99999', '99999', '00000']],
    ['tall', 2, 4, {}, ['09990', '09990', '09990', '09990', '09990']],
    // Of three columns left, one is on the left.
    ['narrow', 2, 5, {}, ['09900', '09900', '09900', '09900', '09900']],
    ['thin', 1000, 1, {}, ['00000', '00000', '99999', '00000', '00000']],
    ['square', 3, 3, {}, Array(5).fill('99999')],
    [
      'wide, in red',
      4,
      1,
      { background: [255, 0, 0] },
      ['rrrrr', 'rrrrr', '99999', 'rrrrr', 'rrrrr'],
    ],
    [
      'wide, in red by weights of its own',
      4,
      1,
      { background: [255, 0, 0], grey: [1, 0, 0] },
      ['RRRRR', 'RRRRR', '99999', 'RRRRR', 'RRRRR'],
    ],
  ])('contain pads what is %s', (_, width, height, changes, rows) => {
    const target: PictureTarget = { width: 5, height: 5, channels: 1, fit: 'contain', ...changes };
    const seen = fitPicture(plain([99], width, height), target);
    const values: Record<string, number> = { 0: 0, 9: 99, r: 76, R: 255 };
    expect([...seen]).toEqual([...rows.join('')].map((letter) => values[letter]));
  });

  test('contain pads in the colour and channels of the target', () => {
    const background = [10, 20, 30] as const;
    const target = { width: 2, height: 3, fit: 'contain', background } as const;
    const picture = plain([1, 2, 3], 2, 1);
    const inside = [1, 2, 3];
    expect([...fitPicture(picture, { ...target, channels: 3 })]).toEqual([
      ...[...background, ...background],
      ...[...inside, ...inside],
      ...[...background, ...background],
    ]);
    expect([...fitPicture(picture, { ...target, channels: 4 })]).toEqual(
      [background, background, inside, inside, background, background].flatMap((rgb) => [
        ...rgb,
        255,
      ]),
    );
  });

  test('what a decoder gave at a part of its size is brought to the size of the target all the same', () => {
    const given = plain([7, 8, 9], 4, 4);
    const of = (width: number, factor: 2 | 8, target: number) =>
      fitPicture(
        { ...given, reducedFrom: { width, height: width, factor } },
        { width: target, height: target, channels: 3 },
      );
    // As large as the target, before it was reduced; and reduced by more than would have been asked for.
    expect(of(8, 2, 8)).toEqual(plain([7, 8, 9], 8, 8).data);
    expect(of(32, 8, 16)).toEqual(plain([7, 8, 9], 16, 16).data);
  });

  const ok: PictureTarget = { width: 2, height: 2, channels: 3 };
  const SIDE = 'an integer from 1 to 65535';
  const TRIPLE = 'three numbers from 0 to 255';
  const WEIGHTS = 'three weights of at least 0 that sum to 1';
  const CHANNELS = '1, 3 or 4';
  test.each<[keyof PictureTarget, unknown, string]>([
    ['width', 0, SIDE],
    ['width', 65_536, SIDE],
    ['height', 1.5, SIDE],
    ['height', undefined, SIDE],
    ['channels', 2, CHANNELS],
    ['channels', 5, CHANNELS],
    ['channels', undefined, CHANNELS],
    ['fit', 'inside', "'cover' or 'contain' or 'fill'"],
    ['background', [1, 2], TRIPLE],
    ['background', [1, 2, 3, 4], TRIPLE],
    ['background', [0, 0, 256], TRIPLE],
    ['background', [-1, 0, 0], TRIPLE],
    ['background', ['1', 0, 0], TRIPLE],
    ['background', 'black', TRIPLE],
    ['grey', [1, 1, 1], WEIGHTS],
    ['grey', [0.5, 0.5], WEIGHTS],
    ['grey', [1.5, -0.5, 0], WEIGHTS],
    ['grey', [0.3, 0.6, 0.099], WEIGHTS],
    ['grey', [Number.NaN, 0, 1], WEIGHTS],
    ['grey', [0.25, 0.25, 0.25, 0.25], WEIGHTS],
  ])('refuses the %s %j', (field, value, expected) => {
    const target = { ...ok, [field]: value } as PictureTarget;
    const error = new ArgumentError(field, expected, value);
    expect(() => fitPicture(plain([1, 2, 3], 2, 2), target)).toThrow(error);
    expect(() => reductionFor(2, 2, target)).toThrow(error);
  });

  test.each<Partial<PictureTarget>>([
    { width: 65_535 },
    { fit: undefined, background: undefined, grey: undefined },
    { background: [0, 255, 0.5] },
    { grey: [0, 0, 1] },
    { grey: [0.3333333, 0.3333333, 0.3333333] },
  ])('takes %j', (changes) => {
    expect(() => reductionFor(2, 2, { ...ok, ...changes })).not.toThrow();
  });

  test('refuses what is no target, and no picture', () => {
    const wanted = 'the width, height and channels that a picture must have';
    expect(() => fitPicture(plain([1], 2, 2), undefined as never)).toThrow(
      new ArgumentError('target', wanted, undefined),
    );
    expect(() => fitPicture({ ...plain([1, 2, 3], 2, 2), width: 3 }, ok)).toThrow(
      'picture: expected 18 bytes for 3 × 2 pixels of 3 channels, received a Uint8Array of 12.',
    );
    const floats = { ...plain([1], 2, 2), data: new Float32Array(4) as never };
    expect(() => fitPicture(floats, ok)).toThrow(InputError);
  });
});

describe('reductionFor', () => {
  test.each([
    [64, 64, 1],
    [255, 255, 1],
    [256, 256, 2],
    [512, 256, 2],
    [512, 511, 2],
    [512, 512, 4],
    [1600, 1200, 8],
    [10_000, 10_000, 8],
  ] as const)('%d × %d to 64 × 64: %d', (width, height, factor) => {
    expect(reductionFor(width, height, { width: 64, height: 64, channels: 3 })).toBe(factor);
  });

  test.each([
    [0, 5, 'width'],
    [5, 1.5, 'height'],
  ])('refuses a picture of %p × %p', (width, height, side) => {
    expect(() => reductionFor(width, height, { width: 1, height: 1, channels: 1 })).toThrow(
      new ArgumentError(side, 'an integer of at least 1', side === 'width' ? width : height),
    );
  });

  test('follows the part that is seen, not the whole', () => {
    const target = { width: 64, height: 64, channels: 3 } as const;
    expect(reductionFor(1024, 128, target)).toBe(1);
    expect(reductionFor(1024, 128, { ...target, fit: 'contain' })).toBe(8);
    expect(reductionFor(1024, 128, { ...target, fit: 'fill' })).toBe(1);
    expect(reductionFor(128, 1024, { ...target, fit: 'fill' })).toBe(1);
  });
});
