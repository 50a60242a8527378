import { setImmediate as nextTurn } from 'node:timers/promises';
import { LatentkitError } from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';
import { LANES, ROWS_AT_A_TIME, type ScanKernel } from './scan-kernel.ts';
import { idleThreads, type ScanWork } from './scan-threads.ts';
import { type SearchKernel, searchKernel, searchModule } from './search-kernel.ts';
import { GROUP } from './sift-kernel.ts';

const FLOAT = Float32Array.BYTES_PER_ELEMENT;
const PAGE = 2 ** 16;
/** Bytes of vectors in one memory of WebAssembly, which has at most 4 GiB. */
const BLOCK_BYTES = 2 ** 29;
/** Bytes that are scanned in one go: less than a millisecond. */
const PIECE_BYTES = 2 ** 22;
/** From so many bytes on threads take part. */
const SHARED_BYTES = 2 ** 25;
/** Addresses of the number of the next piece, and of the query. */
const NEXT = 0;
const QUERY = 16;

/** One number for each of some vectors that follow one another. */
export interface Scanned {
  /** The first of them. */
  readonly from: number;
  /** A view of memory that the next scan writes into. */
  readonly values: Float32Array;
  /** What each of them is to be multiplied by: a view of what is kept with the vectors, 0 at first. */
  readonly scales: Float32Array;
  /**
   * Where the groups of {@link GROUP} stand that may hold a value not above a bound: all that do, and maybe others.
   * A view that the next call writes into.
   */
  near(bound: number, scaled: boolean): Uint32Array;
}

/** Some of the vectors of an index, in a memory of their own that threads share, and a kernel over them. */
export class VectorBlock {
  readonly #from: number;
  readonly #count: number;
  readonly #size: number;
  readonly #buffer: ArrayBuffer;
  readonly #kernel: SearchKernel;
  readonly #work: Omit<ScanWork, 'kind'>;
  /** Addresses of the scales of all vectors, and of the groups of a piece that may hold near ones. */
  readonly #scales: number;
  readonly #near: number;

  /** How many vectors of a size one block holds at most. */
  static most(size: number): number {
    const group = rowBytesOf(size) * ROWS_AT_A_TIME;
    return Math.max(1, Math.floor(BLOCK_BYTES / group)) * ROWS_AT_A_TIME;
  }

  /**
   * @param vectors [n × size], of which it copies `count` from the vector `from` on
   * @throws LatentkitError `too-large` where they do not fit into memory
   */
  constructor(vectors: Float32Array, size: number, from: number, count: number) {
    const rowBytes = rowBytesOf(size);
    const padded = Math.ceil(count / ROWS_AT_A_TIME) * ROWS_AT_A_TIME;
    const rows = QUERY + rowBytes;
    const end = rows + padded * rowBytes;
    const group = rowBytes * ROWS_AT_A_TIME;
    const pieceBytes = Math.max(1, Math.floor(PIECE_BYTES / group)) * group;
    const scales = end + padded * FLOAT;
    const near = scales + padded * FLOAT;
    const memory = allocate(near + (pieceBytes / rowBytes / GROUP) * FLOAT + FLOAT, count, size);
    this.#from = from;
    this.#count = count;
    this.#size = size;
    this.#buffer = memory.buffer;
    this.#kernel = searchKernel(memory);
    this.#scales = scales;
    this.#near = near;
    this.#work = {
      ...{ module: searchModule(), memory, next: NEXT, query: QUERY, rows, end, out: end },
      ...{ rowBytes, pieceBytes, pieces: Math.ceil((end - rows) / pieceBytes) },
    };
    const width = rowBytes / FLOAT;
    const values = new Float32Array(this.#buffer, rows, padded * width);
    if (width === size) {
      values.set(vectors.subarray(from * width, (from + count) * width));
    } else {
      for (let i = 0; i < count; i++) {
        const at = (from + i) * size;
        values.set(vectors.subarray(at, at + size), i * width);
      }
    }
    // They take as long to start as a scan, and are there for the first one.
    if (this.#isShared) idleThreads();
  }

  get #isShared(): boolean {
    return this.#work.end - this.#work.rows >= SHARED_BYTES;
  }

  /** The sum of the squares of one of its vectors, in double precision. */
  squaredLength(index: number): number {
    const { rows, rowBytes } = this.#work;
    const at = rows + (index - this.#from) * rowBytes;
    let squared = 0;
    for (const value of new Float32Array(this.#buffer, at, this.#size)) squared += value * value;
    return squared;
  }

  /**
   * One number for each vector, a piece at a time, in any order; the event loop turns in between. One scan at a
   * time.
   *
   * @throws AbortedError
   */
  async *scan(
    kind: keyof ScanKernel,
    query: Float32Array,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Scanned> {
    const { pieces } = this.#work;
    new Float32Array(this.#buffer, QUERY, this.#size).set(query);
    const next = new Int32Array(this.#buffer, NEXT, 1);
    Atomics.store(next, 0, 0);
    const own = new Set<number>();
    const others: Promise<readonly number[]>[] = [];
    try {
      for (;;) {
        if (this.#isShared) {
          for (const thread of idleThreads()) others.push(thread.scan({ ...this.#work, kind }));
        }
        throwIfAborted(signal, 'Searching');
        const piece = Atomics.add(next, 0, 1);
        if (piece >= pieces) break;
        own.add(piece);
        yield this.#scanPiece(kind, piece);
        if (Atomics.load(next, 0) >= pieces) break;
        await nextTurn();
      }
    } finally {
      // However this ends: none of them writes here any more when the next query is laid down.
      Atomics.store(next, 0, pieces);
      await Promise.all(others);
    }
    const theirs = new Set((await Promise.all(others)).flat());
    for (let piece = 0; piece < pieces; piece++) {
      if (theirs.has(piece)) yield this.#results(piece);
      // Taken by a thread that has ended since.
      else if (!own.has(piece)) yield this.#scanPiece(kind, piece);
    }
  }

  #scanPiece(kind: keyof ScanKernel, piece: number): Scanned {
    const { rows, end, pieceBytes, rowBytes, out } = this.#work;
    const first = rows + piece * pieceBytes;
    const stride = (Math.min(first + pieceBytes, end) - first) / ROWS_AT_A_TIME;
    const to = out + this.#firstOf(piece) * FLOAT;
    this.#kernel[kind](first, stride, rowBytes, QUERY, to, (stride / rowBytes) * FLOAT);
    return this.#results(piece);
  }

  #results(piece: number): Scanned {
    const [first, next] = [this.#firstOf(piece), this.#firstOf(piece + 1)];
    const count = Math.min(next, this.#count) - first;
    const at = this.#work.out + first * FLOAT;
    const scalesAt = this.#scales + first * FLOAT;
    return {
      from: this.#from + first,
      values: new Float32Array(this.#buffer, at, count),
      scales: new Float32Array(this.#buffer, scalesAt, count),
      near: (bound, scaled) => {
        const end = at + Math.ceil(count / GROUP) * GROUP * FLOAT;
        const sift = scaled ? 'siftScaled' : 'sift';
        const last = this.#kernel[sift](at, end, scalesAt, bound, this.#near);
        const groups = new Uint32Array(this.#buffer, this.#near, (last - this.#near) / FLOAT);
        // From addresses to positions.
        for (let i = 0; i < groups.length; i++) groups[i] = ((groups[i] as number) - at) / FLOAT;
        return groups;
      },
    };
  }

  /** The first vector of a piece. */
  #firstOf(piece: number): number {
    return (piece * this.#work.pieceBytes) / this.#work.rowBytes;
  }
}

/** Bytes that a vector takes, filled up for the kernel. */
function rowBytesOf(size: number): number {
  return Math.ceil(size / LANES) * LANES * FLOAT;
}

function allocate(bytes: number, count: number, size: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / PAGE);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (cause) {
    throw new LatentkitError(
      'too-large',
      `${count} vectors of ${size} numbers do not fit into memory. Search in parts of them.`,
      { cause },
    );
  }
}
