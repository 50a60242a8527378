import { PartialFile } from './partial-file.ts';

/**
 * What has come of a download: in a file of the cache or, where the cache cannot be written (any more),
 * in memory, so that a full disk costs the cache and not the download.
 */
export class Part {
  readonly #onUnwritable: (cause: unknown) => void;
  #file: PartialFile | undefined;
  #pieces: Uint8Array[] = [];
  #inMemory = 0;

  private constructor(file: PartialFile | undefined, onUnwritable: (cause: unknown) => void) {
    this.#file = file;
    this.#onUnwritable = onUnwritable;
  }

  /** @param onUnwritable is told why, when the folder cannot be written */
  static async open(
    folder: string,
    key: string,
    onUnwritable: (cause: unknown) => void,
  ): Promise<Part> {
    try {
      return new Part(await PartialFile.claim(folder, key), onUnwritable);
    } catch (cause) {
      onUnwritable(cause);
      return new Part(undefined, onUnwritable);
    }
  }

  get size(): number {
    return this.#file?.size ?? this.#inMemory;
  }

  async append(piece: Uint8Array): Promise<void> {
    try {
      if (this.#file) return await this.#file.append(piece);
    } catch (cause) {
      await this.#goOnInMemory(cause);
    }
    this.#pieces.push(piece);
    this.#inMemory += piece.byteLength;
  }

  async truncate(size: number): Promise<void> {
    if (this.#file) return this.#file.truncate(size);
    this.#pieces = [(await this.read()).slice(0, size)];
    this.#inMemory = Math.min(size, this.#inMemory);
  }

  async read(): Promise<Uint8Array> {
    if (this.#file) return this.#file.read();
    const whole = Buffer.concat(this.#pieces);
    this.#pieces = [whole];
    return whole;
  }

  /** Keeps what was verified under its final name, if that can be. */
  async keepAs(path: string): Promise<void> {
    try {
      await this.#file?.finish(path);
    } catch (cause) {
      this.#onUnwritable(cause);
    }
  }

  /** Leaves what there is for a later download to go on from. */
  async abandon(): Promise<void> {
    await this.#file?.abandon();
  }

  async remove(): Promise<void> {
    await this.#file?.remove();
  }

  async #goOnInMemory(cause: unknown): Promise<void> {
    const file = this.#file;
    if (!file) return;
    const whole = await file.read();
    this.#pieces = [whole];
    this.#inMemory = whole.byteLength;
    this.#file = undefined;
    this.#onUnwritable(cause);
    await file.remove().catch(() => {});
  }
}
