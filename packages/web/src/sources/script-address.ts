import { type AbortSignalLike, LatentkitError } from '@latentkit/core';
import { download } from './download.ts';

/** Ten times what the script has. */
const SCRIPT_LIMIT = 4 * 2 ** 20;

const copies = new Map<string, string>();

/**
 * An address of a script that this page may start a worker from: its own, or, since browsers refuse to workers
 * those of another origin, that of a copy. The script needs no other, and threads are started from the address
 * that it has: the copy is kept.
 *
 * @throws LatentkitError `not-found`, `network`, `too-large`; AbortedError
 */
export async function scriptAddress(
  { href, origin }: URL,
  signal: AbortSignalLike | undefined,
): Promise<{ address: string; own: boolean }> {
  // In a sandboxed frame the origin is 'null', whatever its address says.
  if (origin === globalThis.origin) return { address: href, own: true };
  const known = copies.get(href);
  if (known) return { address: known, own: false };
  const bytes = await download(href, {
    signal,
    limit: SCRIPT_LIMIT,
    tooLarge: () => new LatentkitError('too-large', `${href} is no script of latentkit's`),
  });
  const script = new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'text/javascript' });
  const address = URL.createObjectURL(script);
  copies.set(href, address);
  return { address, own: false };
}
