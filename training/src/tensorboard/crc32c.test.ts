import { expect, test } from '@jest/globals';
import { crc32c, maskedCrc32c } from './crc32c.ts';

/** The examples of RFC 3720, appendix B.4, and the check value of the catalogue of CRCs. */
test.each([
  [new Uint8Array(32), 0x8a91_36aa],
  [new Uint8Array(32).fill(0xff), 0x62a8_ab43],
  [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd_794e],
  [Buffer.from('123456789'), 0xe306_9283],
])('crc32c of %p', (bytes, expected) => expect(crc32c(bytes)).toBe(expected));

test('the mask turns by 15 bits and adds a constant', () => {
  const mask = (crc: number) =>
    Number((((BigInt(crc) >> 15n) | (BigInt(crc) << 17n)) + 0xa282_ead8n) & 0xffff_ffffn);
  for (const text of ['', 'a', 'latentkit', '123456789']) {
    expect(maskedCrc32c(Buffer.from(text))).toBe(mask(crc32c(Buffer.from(text))));
  }
});
