import { expect, test } from '@jest/globals';
import { orient } from './orient.ts';

const stored = { data: Uint8Array.of(1, 2, 3, 4, 5, 6), width: 3, height: 2, channels: 1 } as const;

/** Each as its rows from the top: what stands in the file turned as CIPA DC-008 says. */
test.each([
  [1, ['123', '456']],
  [2, ['321', '654']],
  [3, ['654', '321']],
  [4, ['456', '123']],
  [5, ['14', '25', '36']],
  [6, ['41', '52', '63']],
  [7, ['63', '52', '41']],
  [8, ['36', '25', '14']],
])('orientation %d', (orientation, rows) => {
  const { data, width, height } = orient(stored, orientation);
  expect([width, height]).toEqual([rows[0]?.length, rows.length]);
  expect(data.join('')).toBe(rows.join(''));
});

test('keeps the channels of a pixel together', () => {
  const data = Uint8Array.of(1, 2, 3, 4, 5, 6);
  const turned = orient({ data, width: 2, height: 1, channels: 3 }, 3);
  expect([...turned.data]).toEqual([4, 5, 6, 1, 2, 3]);
});

test.each([0, 9, 1.5, Number.NaN])('refuses orientation %p', (orientation) => {
  expect(() => orient(stored, orientation)).toThrow(
    expect.objectContaining({ code: 'invalid-argument' }),
  );
});
