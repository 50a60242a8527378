import { readFile } from 'node:fs/promises';

/** A file's bytes as a Uint8Array of this realm: a Buffer may be of another one, and is told from bytes by some. */
export async function readBytes(path: string): Promise<Uint8Array> {
  const { buffer, byteOffset, byteLength } = await readFile(path);
  return new Uint8Array(buffer, byteOffset, byteLength);
}
