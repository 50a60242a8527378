import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { errorOf } from '../testing.ts';
import { parseIdx } from './idx.ts';

function idx(dims: number[], data: number[], magic = 0x0800 | dims.length): Uint8Array {
  const bytes = Buffer.alloc(4 + 4 * dims.length + data.length);
  bytes.writeUInt32BE(magic, 0);
  for (const [axis, dim] of dims.entries()) bytes.writeUInt32BE(dim, 4 + 4 * axis);
  bytes.set(data, 4 + 4 * dims.length);
  return bytes;
}

const good = idx([2, 3], [1, 2, 3, 4, 5, 255]);

describe('parseIdx', () => {
  test('reads plain and gzipped files alike', () => {
    for (const bytes of [good, gzipSync(good)]) {
      const { dims, data } = parseIdx(bytes, 'file');
      expect(dims).toEqual([2, 3]);
      expect([...data]).toEqual([1, 2, 3, 4, 5, 255]);
    }
  });

  const bad: [string, Uint8Array, RegExp][] = [
    ['an empty file', new Uint8Array(), /0 bytes/],
    ['a text file', Buffer.from('<html>not found</html>'), /starts with 0x3c68746d/],
    ['floats instead of bytes', idx([1], [0, 0, 0, 0], 0x0d01), /0x00000d01/],
    ['no dimensions', idx([], []), /0x00000800/],
    ['a cut header', good.subarray(0, 9), /header is cut short/],
    [
      'cut data',
      good.subarray(0, good.length - 1),
      /cut short: 2 × 3 values need 18 bytes, it holds 17/,
    ],
    ['data left over', Buffer.concat([good, good]), /bytes left over/],
    ['sizes that overflow', idx([0xffffffff, 0xffffffff, 0xffffffff], []), /cut short/],
    ['a cut gzip stream', gzipSync(good).subarray(0, 25), /gzip/],
    [
      'a damaged gzip stream',
      gzipSync(good).map((byte, i) => (i === 14 ? byte ^ 0xff : byte)),
      /gzip/,
    ],
  ];
  test.each(bad)('refuses %s', async (_, bytes, message) => {
    const error = await errorOf(() => parseIdx(bytes, 'some/file'));
    expect(error.code).toBe('invalid-data');
    expect(error.message).toMatch(message);
    expect(error.message).toContain('some/file');
  });
});
