import { createHash } from 'node:crypto';
import type { VectorBlock } from './vector-rows.ts';
import { type VectorFileInfo, writeInfo } from './vector-sidecar.ts';

/**
 * The SHA-256 of what a file of vectors holds: what it says of itself, its rows and its numbers, in whatever format and
 * in blocks of whatever size they are written.
 */
export class VectorDigest {
  readonly #info: VectorFileInfo;
  readonly #rows = createHash('sha256');
  readonly #vectors = createHash('sha256');

  constructor(info: VectorFileInfo) {
    this.#info = info;
  }

  add({ rows, vectors }: VectorBlock): void {
    const { scored } = this.#info;
    const lines = rows.map(({ id, sha256, bytes, stamp, score }) =>
      JSON.stringify([id, sha256, bytes, stamp, scored ? String(score) : null]),
    );
    this.#rows.update(`${lines.join('\n')}\n`);
    // Texts have one zero: −0 becomes 0.
    this.#vectors.update(new Uint8Array(vectors.map((value) => value + 0).buffer));
  }

  /** In hexadecimal, of all rows that were added; once. */
  hex(): string {
    return createHash('sha256')
      .update(writeInfo({ ...this.#info, digest: undefined }))
      .update(this.#rows.digest())
      .update(this.#vectors.digest())
      .digest('hex');
  }
}
