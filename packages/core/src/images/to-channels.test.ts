import { expect, test } from '@jest/globals';
import type { Pixels } from './pixels.ts';
import { noise } from './testing.ts';
import { BT601, toChannels } from './to-channels.ts';

const options = { background: [10, 120, 240], grey: BT601 } as const;
const pixel = (...data: number[]): Pixels => ({
  data: Uint8Array.from(data),
  width: 1,
  height: 1,
  channels: data.length as Pixels['channels'],
});

test.each([1, 3, 4] as const)('a picture of %d channels is itself already', (channels) => {
  const picture = noise(2, 3, channels);
  expect(toChannels(picture, channels, options)).toBe(picture);
});

test.each<[number[], 1 | 3 | 4, number[]]>([
  [[90], 3, [90, 90, 90]],
  [[90], 4, [90, 90, 90, 255]],
  [[1, 2, 3], 4, [1, 2, 3, 255]],
  [[90, 51], 4, [90, 90, 90, 51]],
  // Flattened over the background, at a fifth of opaque: c/5 + 4·b/5.
  [[90, 51], 3, [26, 114, 210]],
  [[100, 50, 200, 51], 3, [28, 106, 232]],
  [[100, 50, 200, 0], 3, [10, 120, 240]],
  [[100, 50, 200, 255], 3, [100, 50, 200]],
  [[100, 50, 200, 254], 3, [100, 50, 200]],
  [[0, 0, 0, 1], 3, [10, 120, 239]],
  // 0.299, 0.587 and 0.114 of red, green and blue.
  [[255, 0, 0], 1, [76]],
  [[0, 255, 0], 1, [150]],
  [[0, 0, 255], 1, [29]],
  [[255, 255, 0], 1, [226]],
  [[0, 255, 255], 1, [179]],
  [[255, 0, 255], 1, [105]],
  [[7, 7, 7], 1, [7]],
  // Flattened to [28, 106, 232] before: 8.4 + 62.2 + 26.4.
  [[100, 50, 200, 51], 1, [97]],
])('%j with %d channels is %j', (data, channels, expected) => {
  const { data: seen, ...rest } = toChannels(pixel(...data), channels, options);
  expect([...seen]).toEqual(expected);
  expect(rest).toEqual({ width: 1, height: 1, channels });
});

test('grey is grey whatever the weights, and a half is rounded up', () => {
  const weighted = (grey: readonly [number, number, number], ...data: number[]) =>
    toChannels(pixel(...data), 1, { ...options, grey }).data[0];
  expect(weighted([1, 0, 0], 9, 9, 9)).toBe(9);
  expect(weighted([1, 0, 0], 5, 9, 9)).toBe(5);
  expect(weighted([0, 0, 1], 9, 9, 5)).toBe(5);
  expect(weighted([0.5, 0.5, 0], 1, 0, 0)).toBe(1);
  expect(weighted([0.25, 0.75, 0], 1, 0, 0)).toBe(0);
});

test('pixels keep their places', () => {
  const data = Uint8Array.of(1, 2, 3, 255, 4, 5, 6, 255, 7, 8, 9, 255);
  const seen = toChannels({ data, width: 1, height: 3, channels: 4 }, 3, options);
  expect(seen).toEqual({
    data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9),
    width: 1,
    height: 3,
    channels: 3,
  });
  const grey: Pixels = { data: Uint8Array.of(1, 255, 4, 255), width: 2, height: 1, channels: 2 };
  expect([...toChannels(grey, 1, options).data]).toEqual([1, 4]);
});
