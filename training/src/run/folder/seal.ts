import { createHash } from 'node:crypto';
import { LatentkitError } from '@latentkit/core';

/** What stands in a file for its own SHA-256 while that is computed. */
export const UNSEALED = '0'.repeat(64);

/**
 * Writes the SHA-256 of a file into it, where {@link UNSEALED} stands as a JSON value; the digest is that
 * of the file as it was. So a file can tell that any byte of it was altered, without a second file.
 */
export function seal(bytes: Uint8Array): Uint8Array {
  const sealed = Buffer.from(bytes);
  const at = sealed.indexOf(`"sha256":"${UNSEALED}"`) + '"sha256":"'.length;
  sealed.write(digest(bytes), at, 'latin1');
  return sealed;
}

/**
 * @param stated the digest that the file holds
 * @param source where the bytes came from, for messages
 * @throws LatentkitError `invalid-data` unless the file is as it was sealed
 */
export function checkSeal(bytes: Uint8Array, stated: string | undefined, source: string): void {
  const unsealed = Buffer.from(bytes);
  const at = stated === undefined ? -1 : unsealed.indexOf(`"sha256":"${stated}"`);
  if (at >= 0) unsealed.write(UNSEALED, at + '"sha256":"'.length, 'latin1');
  const found = digest(unsealed);
  if (at >= 0 && found === stated) return;
  throw new LatentkitError(
    'invalid-data',
    `${source} was altered after it was written: its SHA-256 is ${found}, and it states ${stated ?? 'none'}. ` +
      'Restore it from a copy, or start the run anew.',
  );
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
