import { expect, test } from '@jest/globals';
import { ArgumentError } from '../errors/index.ts';
import { orient } from './orient.ts';

const stored = { data: Uint8Array.of(1, 2, 3, 4, 5, 6), width: 3, height: 2, channels: 1 } as const;

/** Each as its rows from the top: what stands in the file turned as CIPA DC-008 says. */
const TURNED: [number, string[]][] = [
  [1, ['123', '456']],
  [2, ['321', '654']],
  [3, ['654', '321']],
  [4, ['456', '123']],
  [5, ['14', '25', '36']],
  [6, ['41', '52', '63']],
  [7, ['63', '52', '41']],
  [8, ['36', '25', '14']],
];

test.each(TURNED)('orientation %d', (orientation, rows) => {
  const { data, width, height } = orient(stored, orientation);
  expect([width, height]).toEqual([rows[0]?.length, rows.length]);
  expect(data.join('')).toBe(rows.join(''));
});

/** The same with three channels: each digit d is the pixel [d, 10·d, 20·d]. */
test.each(TURNED)('orientation %d keeps the channels of a pixel together', (orientation, rows) => {
  const pixels = (digits: string) =>
    Uint8Array.from([...digits].flatMap((d) => [Number(d), 10 * Number(d), 20 * Number(d)]));
  const colours = { data: pixels('123456'), width: 3, height: 2, channels: 3 } as const;
  expect(orient(colours, orientation)).toEqual({
    data: pixels(rows.join('')),
    width: rows[0]?.length,
    height: rows.length,
    channels: 3,
  });
});

test('a picture that stands upright is itself', () => {
  expect(orient(stored, 1)).toBe(stored);
});

test.each([0, 9, -1, 1.5, Number.NaN])('refuses orientation %p', (orientation) => {
  expect(() => orient(stored, orientation)).toThrow(
    new ArgumentError('orientation', 'an integer from 1 to 8', orientation),
  );
});

test('refuses what is no picture', () => {
  expect(() => orient({ ...stored, width: 4 }, 1)).toThrow(
    'picture: expected 8 bytes for 4 × 2 pixels of 1 channels, received a Uint8Array of 6.',
  );
});
