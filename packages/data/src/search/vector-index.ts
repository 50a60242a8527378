import { InputError } from '@latentkit/core';
import { MAX_FLOAT32, unlessAborted } from '@latentkit/core/runtime';
import { checkQuery, checkVectors, type Metric, type NearestOptions } from './check-query.ts';
import type { ScanKernel } from './scan-kernel.ts';
import { GROUP } from './sift-kernel.ts';
import { TopK } from './top-k.ts';
import { type Scanned, VectorBlock } from './vector-block.ts';

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

/** Sums of squares above it have lost nothing that counts to what single precision cannot hold. */
const LEAST_SQUARED = 1e-30;

/** {@link NearestOptions} and a query, checked. */
type Search = ReturnType<typeof checkQuery> & { readonly query: Float32Array };

/**
 * Vectors of one size that are searched exactly: every one of them is compared, by 128-bit instructions, on all cores
 * where there are many. It holds a copy of them. Searches that are made at the same time take turns.
 */
export class VectorIndex {
  readonly size: number;
  readonly count: number;
  readonly #blocks: readonly VectorBlock[];
  /** Whether the scales of the vectors are −1 / length, 0 for those of length 0; made when first needed. */
  #hasLengths = false;
  /** The end of the last search, however it ends. */
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param vectors [n × size], one after the other
   * @throws ArgumentError, InputError; LatentkitError `too-large` where they do not fit into memory
   */
  constructor(vectors: Float32Array, size: number) {
    checkVectors('vectors', vectors, size);
    this.size = size;
    this.count = vectors.length / size;
    const most = VectorBlock.most(size);
    const blocks: VectorBlock[] = [];
    for (let from = 0; from < this.count; from += most) {
      blocks.push(new VectorBlock(vectors, size, from, Math.min(most, this.count - from)));
    }
    this.#blocks = blocks;
  }

  /**
   * The vectors nearest to one, the nearest first; of equals, those that stand first. Angles are right for vectors of any
   * length from 1e-38 to 1e38, and shorter ones count as 0. The squares of Euclidean distances are summed in single
   * precision: those below 1e-22 count as 0.
   *
   * @param query [size]
   * @throws ArgumentError, AbortedError; InputError, also where a distance among the nearest is above 1e19 (Euclidean), or
   *   lengths are above 1e38, which single precision cannot hold
   */
  async nearest(query: Float32Array, options: NearestOptions = {}): Promise<Neighbour[]> {
    const search = { ...checkQuery(query, this.size, options), query: query.slice() };
    const found = this.#last.then(() => this.#nearest(search));
    this.#last = found.catch(() => {});
    return unlessAborted(found, 'Searching', search.signal);
  }

  async #nearest({ query, k, metric, signal }: Search): Promise<Neighbour[]> {
    const best = new TopK(Math.min(k, Math.max(1, this.count)));
    const cosine = metric === 'cosine';
    if (cosine) await this.#lengths(signal);
    const given = cosine ? unit(query) : query;
    for await (const scanned of this.#scan(cosine ? 'dot' : 'distance', given, signal)) {
      keepNear(best, scanned, cosine);
    }
    return best.sorted().map(({ value, index }) => {
      if (!Number.isFinite(value)) throw beyondFloats(metric, index);
      return { index, distance: cosine ? Math.max(0, 1 + value) : Math.sqrt(value) };
    });
  }

  async #lengths(signal: AbortSignal | undefined): Promise<void> {
    if (this.#hasLengths) return;
    const origin = new Float32Array(this.size);
    for (const block of this.#blocks) {
      for await (const { from, values, scales } of block.scan('distance', origin, signal)) {
        for (let i = 0; i < values.length; i++) {
          const squared = values[i] as number;
          const isExact = squared > LEAST_SQUARED && squared < MAX_FLOAT32;
          scales[i] = -inverse(isExact ? squared : block.squaredLength(from + i));
        }
      }
    }
    this.#hasLengths = true;
  }

  async *#scan(
    kind: keyof ScanKernel,
    query: Float32Array,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Scanned> {
    for (const block of this.#blocks) yield* block.scan(kind, query, signal);
  }
}

/** Takes those of the best so far that are among some numbers, which count as they are or scaled. */
function keepNear(best: TopK, { from, values, scales, near }: Scanned, scaled: boolean): void {
  let { bound } = best;
  for (const group of near(bound, scaled)) {
    const end = Math.min(group + GROUP, values.length);
    for (let i = group; i < end; i++) {
      // In double precision, in which such a product is exact.
      const value = (values[i] as number) * (scaled ? (scales[i] as number) : 1);
      if (value > bound) continue;
      best.add(value, from + i);
      ({ bound } = best);
    }
  }
}

function unit(query: Float32Array): Float32Array {
  let squared = 0;
  for (const value of query) squared += value * value;
  const scale = squared > 0 ? 1 / Math.sqrt(squared) : 0;
  return query.map((value) => value * scale);
}

/** 1 / length, and 0 where single precision cannot hold it. */
function inverse(squared: number): number {
  const scale = 1 / Math.sqrt(squared);
  return scale < MAX_FLOAT32 ? scale : 0;
}

function beyondFloats(metric: Metric, index: number): InputError {
  const expected =
    metric === 'cosine'
      ? 'lengths up to 1e38, which single precision holds'
      : 'distances up to 1e19, whose squares single precision holds, or a search by cosine';
  return new InputError(`query and vector ${index}`, expected, 'a larger one');
}
