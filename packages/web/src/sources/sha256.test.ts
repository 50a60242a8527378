import { afterEach, expect, test } from '@jest/globals';
import { sha256 } from './sha256.ts';

const platformCrypto = globalThis.crypto;

afterEach(() => {
  Object.defineProperty(globalThis, 'crypto', { value: platformCrypto, configurable: true });
});

test.each([
  ['with crypto.subtle', platformCrypto],
  ['without it, as in insecure contexts', {}],
])('%s', async (_, crypto) => {
  Object.defineProperty(globalThis, 'crypto', { value: crypto, configurable: true });
  const abc = new TextEncoder().encode('xabcx').subarray(1, 4);
  for (const [bytes, digest] of VECTORS(abc)) expect(await sha256(bytes)).toBe(digest);
});

/** FIPS 180-2, appendix B.1, and the digest of nothing. */
const VECTORS = (abc: Uint8Array): [Uint8Array, string][] => [
  [abc, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [new Uint8Array(0), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
];
