import type { webcrypto } from 'node:crypto';
import { isShared } from '@latentkit/core/runtime';

/** What is hashed in the thread pool has to be copied there; longer bytes stay where they are. */
const LONGEST_COPY = 64 * 2 ** 20;

/**
 * The lower-case hexadecimal SHA-256 of the bytes: in the thread pool, by the platform's `crypto`, which is loaded sooner
 * than the module node:crypto; by that module what is too long for a copy, or in memory that threads share.
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const { crypto } = globalThis as { crypto?: webcrypto.Crypto };
  const subtle = crypto?.subtle;
  if (subtle && bytes.byteLength <= LONGEST_COPY && !isShared(bytes.buffer)) {
    const digest = await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
    return Buffer.from(digest).toString('hex');
  }
  const { createHash } = await import('node:crypto');
  return createHash('sha256').update(bytes).digest('hex');
}
