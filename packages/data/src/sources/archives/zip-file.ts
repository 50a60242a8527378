import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { crc32, inflateRaw, inflateRawSync } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';

/** Bytes that are read at a time: listings, and small files, stand one after the other. */
const WINDOW = 2 ** 18;
/** Larger files are unpacked as they are read. */
const AT_ONCE = 2 ** 26;
/** Up to here, to unpack takes less time than to hand it to another thread. */
const ON_THIS_THREAD = 2 ** 16;
const STORED = 0;
const DEFLATED = 8;

/** What yauzl reads from: a listing is asked for in pieces of 46 bytes, each of which would be a call to the system. */
class WindowedFile extends RandomAccessReader {
  readonly #file: FileHandle;
  #window: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(file: FileHandle) {
    super();
    this.#file = file;
  }

  /** @returns up to `length` bytes, fewer at the end of the file; what is read next leaves them as they are */
  async bytes(start: number, length: number): Promise<Buffer> {
    const held = this.#start + this.#window.length;
    if (start < this.#start || start + length > held) {
      const window = Buffer.allocUnsafe(Math.max(length, WINDOW));
      let filled = 0;
      while (filled < length) {
        const left = window.length - filled;
        const { bytesRead } = await this.#file.read(window, filled, left, start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      this.#window = window.subarray(0, filled);
      this.#start = start;
    }
    return this.#window.subarray(start - this.#start, start - this.#start + length);
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.bytes(position, length).then(
      (bytes) => callback(null, bytes.copy(buffer, offset)),
      (error) => callback(error),
    );
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return this.#file.createReadStream({ start, end: end - 1, autoClose: false });
  }

  override close(callback: (error: Error | null) => void): void {
    this.#file.close().then(() => callback(null), callback);
  }
}

/** A zip that is open for reading. */
export class OpenZip {
  readonly #zip: ZipFile;
  readonly #file: WindowedFile;

  private constructor(zip: ZipFile, file: WindowedFile) {
    this.#zip = zip;
    this.#file = file;
  }

  /** @throws Error for what cannot be read, or is no zip */
  static async open(path: string): Promise<OpenZip> {
    const handle = await open(path);
    try {
      const { size } = await handle.stat();
      const file = new WindowedFile(handle);
      const zip = await fromRandomAccessReaderPromise(file, size, { autoClose: false });
      return new OpenZip(zip, file);
    } catch (cause) {
      await handle.close();
      throw cause;
    }
  }

  entries(): AsyncIterable<Entry> {
    return this.#zip.eachEntry();
  }

  /**
   * The contents of a file.
   *
   * @param most bytes
   * @throws Error for a file that is too large, damaged, or packed in a way that is not known
   */
  async contents(entry: Entry, most: number): Promise<Buffer> {
    const { uncompressedSize: size, compressedSize, compressionMethod } = entry;
    const larger = Math.max(size, compressedSize);
    if (larger > most) throw new Error('it is too large');
    const isKnown = [STORED, DEFLATED].includes(compressionMethod) && !entry.isEncrypted();
    // yauzl says what is wrong with the others, and checks as well that no more comes out than is listed.
    const bytes =
      isKnown && larger <= AT_ONCE ? await this.#unpack(entry) : await this.#stream(entry);
    if (bytes.length !== size || crc32(bytes) !== entry.crc32) {
      throw new Error('its checksum is not the one that is listed');
    }
    return bytes;
  }

  async #unpack(entry: Entry): Promise<Buffer> {
    const { fileDataStart } = await this.#zip.readLocalFileHeaderPromise(entry, { minimal: true });
    const packed = await this.#file.bytes(fileDataStart, entry.compressedSize);
    if (entry.compressionMethod === STORED) return packed;
    const options = { maxOutputLength: Math.max(1, entry.uncompressedSize) };
    return entry.uncompressedSize <= ON_THIS_THREAD
      ? inflateRawSync(packed, options)
      : inflated(packed, options);
  }

  async #stream(entry: Entry): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of await this.#zip.openReadStreamPromise(entry)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  close(): void {
    this.#zip.close();
  }
}

const inflated = promisify(inflateRaw) as (
  packed: Uint8Array,
  options: { readonly maxOutputLength: number },
) => Promise<Buffer>;
