import { describe, expect, test } from '@jest/globals';
import type { Pixels } from './pixels.ts';
import { type Box, resample } from './resample.ts';
import { noise } from './testing.ts';

/** A picture whose lines are all alike, along x or along y. */
function lines(
  values: readonly number[],
  across: number,
  channels: Pixels['channels'],
  along: 'x' | 'y',
): Pixels {
  const [width, height] = along === 'x' ? [values.length, across] : [across, values.length];
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    return values[along === 'x' ? pixel % width : Math.floor(pixel / width)] as number;
  });
  return { data, width, height, channels };
}

/** A picture brought to another size along one axis. */
function resized(picture: Pixels, along: 'x' | 'y', size: number, box?: Box): Pixels {
  const { width, height } = picture;
  return along === 'x' ? resample(picture, size, height, box) : resample(picture, width, size, box);
}

/** 100 everywhere but at one pixel. */
const WITH = (value: number) => [100, 100, 100, 100, value, 100, 100, 100, 100];

describe.each(['x', 'y'] as const)('along %s', (along) => {
  describe.each([1, 2, 3, 4] as const)('with %d channels', (channels) => {
    // Keys's kernel is 111/128, 29/128, −9/128 and −3/128 at a distance of ¼, ¾, 1¼ and 1¾.
    test.each([
      ['a peak of 64', 164, [100, 99, 96, 115, 156, 156, 115, 96, 99, 100]],
      ['a pit of 64', 36, [100, 102, 105, 86, 45, 45, 86, 105, 102, 100]],
    ])('%s is drawn as the kernel, halves rounded up', (_, value, expected) => {
      const picture = lines(WITH(value), 3, channels, along);
      const drawn = [...Array(4).fill(100), ...expected, ...Array(4).fill(100)];
      expect(resized(picture, along, 18)).toEqual(lines(drawn, 3, channels, along));
    });

    test('what the kernel draws below 0 and above 255 is clipped', () => {
      const picture = lines([0, 0, 0, 0, 255, 255, 255, 255], 2, channels, along);
      // 26/128 and 102/128 at ¼ from the edge, and −12/128 and −3/128 beyond, which are clipped.
      const drawn = [...Array(7).fill(0), 52, 203, ...Array(7).fill(255)];
      expect(resized(picture, along, 16)).toEqual(lines(drawn, 2, channels, along));
    });

    test('a part in whole pixels at its own size is cut out', () => {
      const picture = lines([10, 20, 35, 55, 80, 110, 145], 2, channels, along);
      const box =
        along === 'x'
          ? { left: 2, top: 0, right: 5, bottom: 2 }
          : { left: 0, top: 2, right: 2, bottom: 5 };
      expect(resized(picture, along, 3, box)).toEqual(lines([35, 55, 80], 2, channels, along));
      const first = along === 'x' ? { ...box, left: 0, right: 3 } : { ...box, top: 0, bottom: 3 };
      expect(resized(picture, along, 3, first)).toEqual(lines([10, 20, 35], 2, channels, along));
    });

    test('one value everywhere stays, however much smaller or larger', () => {
      const picture = lines(Array(13).fill(201), 4, channels, along);
      for (const size of [1, 2, 5, 12, 14, 40]) {
        expect(resized(picture, along, size)).toEqual(
          lines(Array(size).fill(201), 4, channels, along),
        );
      }
    });
  });

  test('a ramp that shrinks by 4 has the means of its stretches, away from its ends', () => {
    const picture = lines(
      Array.from({ length: 40 }, (_, i) => 4 * i + 20),
      1,
      1,
      along,
    );
    const { data } = resized(picture, along, 10);
    // Of 4·i + 20 over four pixels from 4·k: 16·k + 26.
    expect([...data.subarray(2, 8)]).toEqual([2, 3, 4, 5, 6, 7].map((k) => 16 * k + 26));
  });
});

test('what has the size already is given back itself', () => {
  const picture = noise(5, 4, 3);
  expect(resample(picture, 5, 4)).toBe(picture);
  expect(resample(picture, 5, 4, { left: 0, top: 0, right: 5, bottom: 4 })).toBe(picture);
});

test('a part of the same number of pixels that lies elsewhere is resampled', () => {
  const picture = noise(5, 4, 1);
  for (const box of [
    { left: 0.5, top: 0, right: 5, bottom: 4 },
    { left: 0, top: 0, right: 4.5, bottom: 4 },
    { left: 0, top: 0.5, right: 5, bottom: 4 },
    { left: 0, top: 0, right: 5, bottom: 3.5 },
  ]) {
    const { data, width, height } = resample(picture, 5, 4, box);
    expect([width, height]).toEqual([5, 4]);
    expect(data).not.toEqual(picture.data);
  }
});

test('many sizes one after another do not mix up their weights', () => {
  const sizes = Array.from({ length: 70 }, (_, i) => i + 1);
  for (const size of sizes) {
    const picture = lines(Array(size).fill(77), 1, 1, 'x');
    expect(resample(picture, 3, 1).data).toEqual(Uint8Array.of(77, 77, 77));
  }
});
