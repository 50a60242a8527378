import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, inflateRaw, inflateRawSync } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';

/** Bytes that are read at a time: listings, and small files, stand one after the other. */
const WINDOW = 2 ** 18;
/** One call to the system reads no more than 2 GiB. */
const MOST_AT_A_TIME = 2 ** 30;
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
    // What is larger is not kept.
    if (length > WINDOW) return this.#read(start, length, length);
    const held = this.#start + this.#window.length;
    if (start < this.#start || start + length > held) {
      this.#window = await this.#read(start, length, WINDOW);
      this.#start = start;
    }
    return this.#window.subarray(start - this.#start, start - this.#start + length);
  }

  /** @returns at least `length` bytes and at most `most`, fewer at the end of the file */
  async #read(start: number, length: number, most: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(most);
    let filled = 0;
    while (filled < length) {
      const wanted = Math.min(most - filled, MOST_AT_A_TIME);
      const { bytesRead } = await this.#file.read(bytes, filled, wanted, start + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
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

  override close(callback: (error: Error | null) => void): void {
    this.#file.close().then(() => callback(null), callback);
  }
}

/** Sizes are compared where a file is unpacked: one that is encrypted is a fault of its own, and none of the archive's. */
const OPTIONS = { autoClose: false, validateEntrySizes: false } as const;

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
      const zip = await fromRandomAccessReaderPromise(file, size, OPTIONS);
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
    if (Math.max(size, compressedSize) > most) throw new Error('it is too large');
    if (entry.isEncrypted()) throw new Error('it is encrypted');
    if (![STORED, DEFLATED].includes(compressionMethod)) {
      throw new Error(`its compression method is ${compressionMethod}, which is not known here`);
    }
    const bytes = await this.#unpack(entry);
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

  close(): void {
    this.#zip.close();
  }
}

const inflated = promisify(inflateRaw) as (
  packed: Uint8Array,
  options: { readonly maxOutputLength: number },
) => Promise<Buffer>;
