import type { FileHandle } from 'node:fs/promises';

/** What Node moves at a time: a length that does not fit 31 bits ends the process. */
const PIECE = 2 ** 30;

/**
 * Fills `bytes` from a file.
 *
 * @returns how many bytes there were: fewer than wanted where the file ends
 */
export async function readFully(
  file: Pick<FileHandle, 'read'>,
  bytes: Uint8Array,
  position: number,
): Promise<number> {
  let done = 0;
  while (done < bytes.length) {
    const length = Math.min(PIECE, bytes.length - done);
    const { bytesRead } = await file.read(bytes, done, length, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

/** Writes all of `bytes` to a file. */
export async function writeFully(
  file: Pick<FileHandle, 'write'>,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const length = Math.min(PIECE, bytes.length - done);
    done += (await file.write(bytes, done, length, position + done)).bytesWritten;
  }
}
