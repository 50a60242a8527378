import { createHash } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { sha256 } from './sha256.ts';

const platformCrypto = globalThis.crypto;

function setCrypto(value: unknown): void {
  Object.defineProperty(globalThis, 'crypto', { value, configurable: true });
}

afterEach(() => setCrypto(platformCrypto));

/** FIPS 180-2, appendix B.1, and the digest of nothing. */
const VECTORS: [Uint8Array, string][] = [
  [
    new TextEncoder().encode('xabcx').subarray(1, 4),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  ],
  [new Uint8Array(0), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
];

test.each([
  ['with crypto.subtle', platformCrypto],
  ['without it (--no-experimental-global-webcrypto)', undefined],
])('%s', async (_, crypto) => {
  setCrypto(crypto);
  for (const [bytes, digest] of VECTORS) expect(await sha256(bytes)).toBe(digest);
});

test.each([
  ['what is too long for a copy', new Uint8Array(64 * 2 ** 20 + 1).fill(7)],
  ['memory that threads share', new Uint8Array(new SharedArrayBuffer(100)).fill(7)],
])('%s is hashed where it is', async (_, bytes) => {
  setCrypto({ subtle: { digest: () => Promise.reject(new Error('it was copied')) } });
  expect(await sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
  // And what is neither is not.
  await expect(sha256(new Uint8Array(100))).rejects.toThrow('it was copied');
});
