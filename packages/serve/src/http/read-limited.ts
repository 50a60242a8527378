import type { IncomingMessage } from 'node:http';
import { Fault, GONE } from './faults.ts';

/**
 * Reads the body of a request. One that is too large is read to its end all the same, and dropped: a client that still
 * sends would not hear why it was refused. The server's time limit ends one that never ends.
 *
 * @throws Fault 413 for more than `limit` bytes, {@link GONE} for a body that breaks off
 */
export async function readLimited(payload: IncomingMessage, limit: number): Promise<Buffer> {
  const declared = Number(payload.headers['content-length'] ?? 0);
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of payload as AsyncIterable<Buffer>) {
      size += piece.length;
      if (Math.max(size, declared) <= limit) pieces.push(piece);
      else pieces.length = 0;
    }
  } catch (error) {
    throw new Fault(GONE, `The body broke off after ${size} bytes: ${(error as Error).message}.`);
  }
  if (size > limit) {
    throw new Fault(
      413,
      `A request may have ${limit} bytes, received ${size}. Split it, or raise maxBodyBytes (--max-body).`,
    );
  }
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
}
