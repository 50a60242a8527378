import { describe, expect, test } from '@jest/globals';
import {
  type Augmentation,
  augmentBatch,
  checkAugmentation,
  parseAugmentation,
} from './augment.ts';

const form = { itemShape: [4, 6, 1], valueRange: [0, 1] } as const;
const ramp = () => Float32Array.from({ length: 24 }, (_, i) => i / 24);

function varied(augmentation: Augmentation, step = 1, seed = 1, count = 64): Float32Array[] {
  const batch = new Float32Array(24 * count);
  for (let i = 0; i < count; i++) batch.set(ramp(), 24 * i);
  augmentBatch(batch, form, augmentation, seed, step);
  return Array.from({ length: count }, (_, i) => batch.subarray(24 * i, 24 * i + 24));
}

const mirrored = Float32Array.from(
  { length: 24 },
  (_, i) => (6 * Math.floor(i / 6) + 5 - (i % 6)) / 24,
);
const turnedOver = Float32Array.from(
  { length: 24 },
  (_, i) => (6 * (3 - Math.floor(i / 6)) + (i % 6)) / 24,
);

describe('augmentBatch', () => {
  test('follows from seed and step alone', () => {
    const all = {
      flip: 'both',
      shift: 2,
      crop: 0.8,
      rotate: 10,
      brightness: 0.1,
      contrast: 0.2,
    } as const;
    expect(varied(all)).toEqual(varied(all));
    expect(varied(all, 2)).not.toEqual(varied(all));
    expect(varied(all, 1, 2)).not.toEqual(varied(all));
    expect(varied(all).every((item) => item.every((v) => v >= 0 && v <= 1))).toBe(true);
  });

  test('nothing asked, nothing done', () => {
    expect(parseAugmentation('none')).toEqual({});
    expect(varied({})).toEqual(Array(64).fill(ramp()));
  });

  test.each([
    ['horizontal', mirrored],
    ['vertical', turnedOver],
  ] as const)('flip %s: half of the items, each value at its mirror place', (flip, expected) => {
    const items = varied({ flip }, 1, 1, 400);
    const flipped = items.filter((item) => item[0] !== 0);
    expect(Math.abs(flipped.length - 200)).toBeLessThan(5 * Math.sqrt(400 * 0.25));
    for (const item of flipped) {
      for (const [i, value] of item.entries()) expect(value).toBeCloseTo(expected[i] as number, 6);
    }
  });

  test('shift moves by whole pixels and repeats the edge', () => {
    const at = (x: number, y: number) =>
      (6 * Math.min(3, Math.max(0, y)) + Math.min(5, Math.max(0, x))) / 24;
    const seen = new Set<string>();
    for (const item of varied({ shift: 1 })) {
      const found = [-1, 0, 1].flatMap((dx) =>
        [-1, 0, 1]
          .filter((dy) =>
            item.every((v, i) => Math.abs(v - at((i % 6) - dx, Math.floor(i / 6) - dy)) < 1e-6),
          )
          .map((dy) => `${dx},${dy}`),
      );
      expect(found).toHaveLength(1);
      seen.add(found[0] as string);
    }
    expect(seen.size).toBe(9);
  });

  test('rotation keeps the middle, crop keeps the ends within', () => {
    const flat = new Float32Array(24).fill(0.25);
    augmentBatch(flat, form, { rotate: 30, crop: 0.5 }, 1, 1);
    for (const value of flat) expect(value).toBeCloseTo(0.25, 6);
    const centre = (item: Float32Array) =>
      [8, 9, 14, 15].reduce((s, i) => s + (item[i] as number), 0) / 4;
    for (const item of varied({ rotate: 20 })) expect(centre(item)).toBeCloseTo(centre(ramp()), 5);
  });

  test('brightness moves the mean, contrast the spread about it', () => {
    const mean = (item: Float32Array) => item.reduce((sum, value) => sum + value, 0) / item.length;
    const half = () => ramp().map((value) => 0.4 + 0.2 * value);
    const bright = half();
    augmentBatch(bright, form, { brightness: 0.1 }, 3, 1);
    const change = mean(bright) - mean(half());
    expect(Math.abs(change)).toBeGreaterThan(1e-4);
    expect(Math.abs(change)).toBeLessThanOrEqual(0.1 + 1e-6);
    const strong = half();
    augmentBatch(strong, form, { contrast: 0.5 }, 3, 1);
    expect(mean(strong)).toBeCloseTo(mean(half()), 5);
    const spread = (strong[23] as number) - (strong[0] as number);
    expect(spread / ((half()[23] as number) - (half()[0] as number))).not.toBeCloseTo(1, 2);
  });
});

describe('parseAugmentation', () => {
  test('reads names with and without values', () => {
    expect(parseAugmentation('flip')).toEqual({ flip: 'horizontal' });
    expect(parseAugmentation('flip=both,shift=2, rotate=7.5')).toEqual({
      flip: 'both',
      shift: 2,
      rotate: 7.5,
    });
  });

  test.each(['', 'mirror', 'shift', 'shift=0', 'shift=x', 'crop=1', 'flip=left', 'rotate=-3'])(
    'refuses %j',
    (text) => {
      expect(() => parseAugmentation(text)).toThrow(/^augmentation/);
    },
  );

  test('checks what a program gives', () => {
    expect(() => checkAugmentation({ brightness: 2 })).toThrow(/augmentation brightness/);
  });
});
