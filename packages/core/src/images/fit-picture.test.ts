import { describe, expect, test } from '@jest/globals';
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

  const ok: PictureTarget = { width: 2, height: 2, channels: 3 };
  test.each<[string, Pixels, PictureTarget, string]>([
    ['no width', plain([1, 2, 3], 2, 2), { ...ok, width: 0 }, 'invalid-argument'],
    ['half a pixel', plain([1, 2, 3], 2, 2), { ...ok, height: 1.5 }, 'invalid-argument'],
    ['two channels', plain([1, 2, 3], 2, 2), { ...ok, channels: 2 as 1 }, 'invalid-argument'],
    ['another fit', plain([1, 2, 3], 2, 2), { ...ok, fit: 'inside' as Fit }, 'invalid-argument'],
    ['weights beyond 1', plain([1, 2, 3], 2, 2), { ...ok, grey: [1, 1, 1] }, 'invalid-argument'],
    ['too few bytes', { ...plain([1, 2, 3], 2, 2), width: 3 }, ok, 'invalid-input'],
    ['floats', { ...plain([1], 2, 2), data: new Float32Array(4) as never }, ok, 'invalid-input'],
    ['no pixel', { ...plain([1], 2, 2), height: 0 }, ok, 'invalid-input'],
  ])('refuses %s', (_, picture, target, code) => {
    expect(() => fitPicture(picture, target)).toThrow(expect.objectContaining({ code }));
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

  test('follows the part that is seen, not the whole', () => {
    const target = { width: 64, height: 64, channels: 3 } as const;
    expect(reductionFor(1024, 128, target)).toBe(1);
    expect(reductionFor(1024, 128, { ...target, fit: 'contain' })).toBe(8);
    expect(reductionFor(1024, 128, { ...target, fit: 'fill' })).toBe(1);
  });
});
