/** Memory kept for reuse. A fresh buffer is paid for page by page when it is first written. */
export class BufferStore {
  readonly #buffers: ArrayBuffer[] = [];
  readonly #limit: number;
  #bytes = 0;

  /** @param limit bytes kept at most; what was kept longest goes first */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A buffer of exactly this size, if there is one. Its contents are arbitrary. */
  take(byteLength: number): ArrayBuffer | undefined {
    const index = this.#buffers.findLastIndex((buffer) => buffer.byteLength === byteLength);
    if (index < 0) return undefined;
    this.#bytes -= byteLength;
    return this.#buffers.splice(index, 1)[0];
  }

  /** The smallest that has this size or more, if there is one. */
  takeAtLeast(byteLength: number): ArrayBuffer | undefined {
    const sizes = this.#buffers.map((buffer) => buffer.byteLength);
    // The least of none is infinite, and no buffer that large.
    return this.take(Math.min(...sizes.filter((size) => size >= byteLength)));
  }

  keep(buffer: ArrayBuffer): void {
    // One that was handed over to another thread meanwhile has no bytes.
    if (buffer.byteLength === 0 || buffer.byteLength > this.#limit) return;
    this.#buffers.push(buffer);
    this.#bytes += buffer.byteLength;
    while (this.#bytes > this.#limit) this.#bytes -= this.#buffers.shift()?.byteLength ?? 0;
  }
}
