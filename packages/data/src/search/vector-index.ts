import { setImmediate as nextTurn } from 'node:timers/promises';
import { LatentkitError } from '@latentkit/core';
import { throwIfAborted } from '@latentkit/core/runtime';
import { checkQuery, checkVectors, type NearestOptions } from './check-query.ts';
import { LANES, ROWS_AT_A_TIME, type ScanKernel, scanKernel } from './scan-kernel.ts';
import { TopK } from './top-k.ts';

/** A vector that is near another. */
export interface Neighbour {
  /** Position among the vectors. */
  readonly index: number;
  /**
   * `cosine`: 1 − cos of the angle, from 0 to 2, and 1 where one of the two vectors is 0; `euclidean`: the
   * length of the difference.
   */
  readonly distance: number;
}

const FLOAT = Float32Array.BYTES_PER_ELEMENT;
const PAGE = 2 ** 16;
/** Bytes of vectors in one memory of WebAssembly, which has at most 4 GiB. */
const BLOCK_BYTES = 2 ** 29;
/** Bytes that are scanned in one go: a millisecond or two. */
const PIECE_BYTES = 2 ** 24;

/** Vectors in memory, and a kernel over them. */
interface Block {
  /** The first of its vectors, and how many there are. */
  readonly from: number;
  readonly count: number;
  readonly memory: WebAssembly.Memory;
  readonly kernel: ScanKernel;
  /** Addresses. */
  readonly rows: number;
  readonly out: number;
}

/**
 * Vectors of one size that are searched exactly: every one of them is compared, by 128-bit instructions, in the
 * order of memory. It holds a copy of them.
 */
export class VectorIndex {
  readonly size: number;
  readonly count: number;
  readonly #blocks: readonly Block[];
  readonly #rowBytes: number;
  /** 1 / length of each vector, 0 for those of length 0; made when it is first needed. */
  #inverseLengths: Float32Array | undefined;

  /**
   * @param vectors [n × size], one after the other
   * @throws ArgumentError, InputError; LatentkitError `too-large` where they do not fit into memory
   */
  constructor(vectors: Float32Array, size: number) {
    checkVectors('vectors', vectors, size);
    this.size = size;
    this.count = vectors.length / size;
    this.#rowBytes = Math.ceil(size / LANES) * LANES * FLOAT;
    const most =
      Math.max(1, Math.floor(BLOCK_BYTES / this.#rowBytes / ROWS_AT_A_TIME)) * ROWS_AT_A_TIME;
    const blocks: Block[] = [];
    for (let from = 0; from < this.count; from += most) {
      blocks.push(this.#block(vectors, from, Math.min(most, this.count - from)));
    }
    this.#blocks = blocks;
  }

  #block(vectors: Float32Array, from: number, count: number): Block {
    const padded = Math.ceil(count / ROWS_AT_A_TIME) * ROWS_AT_A_TIME;
    const rows = this.#rowBytes;
    const out = rows + padded * this.#rowBytes;
    const bytes = out + padded * FLOAT;
    let memory: WebAssembly.Memory;
    try {
      memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
    } catch (cause) {
      throw new LatentkitError(
        'too-large',
        `${this.count} vectors of ${this.size} numbers do not fit into memory. Search in parts of them.`,
        { cause },
      );
    }
    const width = this.#rowBytes / FLOAT;
    const values = new Float32Array(memory.buffer, rows, padded * width);
    if (width === this.size) {
      values.set(vectors.subarray(from * width, (from + count) * width));
    } else {
      for (let i = 0; i < count; i++) {
        const at = (from + i) * this.size;
        values.set(vectors.subarray(at, at + this.size), i * width);
      }
    }
    return { from, count, memory, kernel: scanKernel(memory), rows, out };
  }

  /**
   * The vectors nearest to one, the nearest first; of equals, those that stand first.
   *
   * @param query [size]
   * @throws ArgumentError, InputError, AbortedError
   */
  async nearest(query: Float32Array, options: NearestOptions = {}): Promise<Neighbour[]> {
    const { k, metric, signal } = checkQuery(query, this.size, options);
    const best = new TopK(Math.min(k, Math.max(1, this.count)));
    const cosine = metric === 'cosine';
    const inverse = cosine ? await this.#lengths(signal) : undefined;
    const given = cosine ? unit(query) : query;
    for await (const { from, values } of this.#scan(cosine ? 'dot' : 'distance', given, signal)) {
      let { bound } = best;
      for (let i = 0; i < values.length; i++) {
        const value = inverse
          ? -(values[i] as number) * (inverse[from + i] as number)
          : (values[i] as number);
        if (value >= bound) continue;
        best.add(value, from + i);
        ({ bound } = best);
      }
    }
    return best.sorted().map(({ value, index }) => ({
      index,
      distance: cosine ? Math.max(0, 1 + value) : Math.sqrt(value),
    }));
  }

  async #lengths(signal: AbortSignal | undefined): Promise<Float32Array> {
    if (this.#inverseLengths) return this.#inverseLengths;
    const inverse = new Float32Array(this.count);
    const origin = new Float32Array(this.size);
    for await (const { from, values } of this.#scan('distance', origin, signal)) {
      for (let i = 0; i < values.length; i++) {
        const squared = values[i] as number;
        inverse[from + i] = squared > 0 ? 1 / Math.sqrt(squared) : 0;
      }
    }
    this.#inverseLengths = inverse;
    return inverse;
  }

  /** One number for each vector, a piece at a time; the event loop turns in between. */
  async *#scan(kind: keyof ScanKernel, query: Float32Array, signal: AbortSignal | undefined) {
    const step = Math.max(1, Math.floor(PIECE_BYTES / this.#rowBytes / ROWS_AT_A_TIME));
    for (const { from, count, memory, kernel, rows, out } of this.#blocks) {
      for (let at = 0; at < count; at += step * ROWS_AT_A_TIME) {
        throwIfAborted(signal, 'Searching');
        const some = Math.min(count - at, step * ROWS_AT_A_TIME);
        const end = at + Math.ceil(some / ROWS_AT_A_TIME) * ROWS_AT_A_TIME;
        // Other searches go on meanwhile, in the same memory: the query is laid down for each piece.
        new Float32Array(memory.buffer, 0, this.size).set(query);
        const [first, last] = [at, end].map((row) => rows + row * this.#rowBytes) as [
          number,
          number,
        ];
        kernel[kind](first, last, this.#rowBytes, 0, out);
        yield { from: from + at, values: new Float32Array(memory.buffer, out, some) };
        if (at + some < count) await nextTurn();
      }
    }
  }
}

function unit(query: Float32Array): Float32Array {
  let squared = 0;
  for (const value of query) squared += value * value;
  const inverse = squared > 0 ? 1 / Math.sqrt(squared) : 0;
  return query.map((value) => value * inverse);
}
