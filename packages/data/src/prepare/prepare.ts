import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { LatentkitError, type PictureTarget } from '@latentkit/core';
import {
  checkList,
  checkObject,
  checkOptions,
  checkText,
  throwIfAborted,
} from '@latentkit/core/runtime';
import {
  cacheFolder,
  decodePicture,
  fitPicture,
  loadSharp,
  pictureFault,
  type SharpModule,
} from '@latentkit/system';
import { inOrder } from '../sources/in-order.ts';
import type { OpenedPicture, PictureSource } from '../sources/picture-source.ts';
import { cacheKey } from './cache-key.ts';
import { holdFolder } from './hold.ts';
import { type BadPicture, Journal, journalPaths, readSummary, type Summary } from './journal.ts';
import { checkBad, checkMaxBad } from './too-many-bad.ts';

export interface PrepareProgress {
  /** Pictures behind, and in all. */
  readonly done: number;
  readonly total: number;
  readonly bad: number;
  readonly imagesPerSecond: number;
}

export interface PrepareOptions {
  /** Largest share of pictures that may be bad; 0.01 by default. */
  readonly maxBad?: number | undefined;
  /** Where prepared data are kept; `prepared` in latentkit's cache folder by default. */
  readonly cacheDir?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PrepareProgress) => void) | undefined;
}

/** A source decoded into one file. */
export interface Prepared {
  /** The packed items, 8-bit [n, height, width, channels]. */
  readonly path: string;
  readonly itemSize: number;
  /** For each item the position of its picture in the source's entries. */
  readonly entries: Uint32Array;
  /** Pictures that could not be read, and why. */
  readonly bad: readonly BadPicture[];
  /** Of the packed bytes: the same for the same items. */
  readonly sha256: string;
}

/** Pictures that are written, and entered into the journal, together. */
const CHUNK = 256;

/**
 * Decodes the pictures of a source once, into one file of packed bytes in the cache folder. The file is
 * named after what goes in (the pictures' names, sizes and times of change, the target, the version of
 * this code) and appears whole; a preparation that was killed goes on where it stood.
 *
 * @throws LatentkitError `invalid-data` where too many pictures are bad, with the list;
 *   `missing-dependency`, `unwritable`; AbortedError
 */
export async function prepare(
  source: PictureSource,
  target: PictureTarget,
  options: PrepareOptions = {},
): Promise<Prepared> {
  checkObject('source', source, 'pictures, as openPictures gives them');
  checkText('source.location', source.location);
  checkList('source.entries', source.entries);
  checkObject('target', target, 'the width, height and channels of an item');
  checkOptions(options);
  const { signal, maxBad, cacheDir = join(cacheFolder(), 'prepared') } = options;
  checkMaxBad(maxBad);
  throwIfAborted(signal, 'Preparing the data');
  const paths = journalPaths(cacheDir, cacheKey(source, target));
  const itemSize = target.width * target.height * target.channels;
  const check = (bad: readonly BadPicture[]) =>
    checkBad(source.location, bad, source.entries.length, maxBad);
  let summary: Summary | undefined = await readSummary(paths);
  if (!summary) {
    const hold = await holdFolder(paths, cacheDir);
    try {
      const journal = await Journal.open(cacheDir, hold.paths, itemSize);
      try {
        await decodeAll(source, target, journal, options);
        check(journal.bad);
        summary = await journal.finish();
      } finally {
        await journal.close();
      }
    } finally {
      await hold.release();
    }
  }
  check(summary.bad);
  const isBad = new Set(summary.bad.map(({ index }) => index));
  const kept = source.entries.flatMap((_, index) => (isBad.has(index) ? [] : [index]));
  return {
    path: paths.items,
    itemSize,
    entries: Uint32Array.from(kept),
    bad: summary.bad,
    sha256: summary.sha256,
  };
}

async function decodeAll(
  source: PictureSource,
  target: PictureTarget,
  journal: Journal,
  { signal, onProgress }: PrepareOptions,
): Promise<void> {
  const sharp = await loadSharp();
  const total = source.entries.length;
  const from = journal.done;
  const began = performance.now();
  // Each picture on a thread of its own: many small ones gain nothing from several threads each.
  const threads = sharp.concurrency();
  sharp.concurrency(1);
  try {
    let chunk = new Chunk(from, Math.min(CHUNK, total - from), target);
    const results = inOrder(source.open(from, signal), AHEAD, (opened) =>
      decodeOne(sharp, opened, source, target),
    );
    for await (const result of results) {
      throwIfAborted(signal, 'Preparing the data');
      if (!chunk.add(result)) continue;
      await journal.append(chunk.count, chunk.rows, chunk.bad);
      const done = chunk.from + chunk.count;
      onProgress?.({
        done,
        total,
        bad: journal.bad.length,
        imagesPerSecond: ((done - from) * 1000) / Math.max(1, performance.now() - began),
      });
      chunk = new Chunk(done, Math.min(CHUNK, total - done), target);
    }
  } finally {
    sharp.concurrency(threads);
  }
  if (journal.done < total) {
    throw new LatentkitError(
      'invalid-data',
      `${source.location} changed while it was read: of ${total} pictures ${journal.done} came. Start again.`,
    );
  }
}

/** Pictures being decoded at a time: enough that no core waits for the one that is next in order. */
const AHEAD = 8 + 4 * availableParallelism();

type Decoded = { readonly index: number; readonly pixels: Uint8Array } | BadPicture;

async function decodeOne(
  sharp: SharpModule,
  opened: OpenedPicture | BadPicture,
  source: PictureSource,
  target: PictureTarget,
): Promise<Decoded> {
  if ('reason' in opened) return opened;
  const { index, input } = opened;
  const bad = (reason: string): BadPicture => ({
    index,
    id: source.entries[index]?.id ?? '',
    reason,
  });
  try {
    const picture = await decodePicture(sharp, input, { reduceFor: target });
    const { width, height } = picture.reducedFrom ?? picture;
    if (Math.max(width, height) < 2) return bad('it is a single pixel: nothing is to be seen');
    return { index, pixels: fitPicture(picture, target) };
  } catch (cause) {
    // A fault of this machine is none of the picture's.
    if (LatentkitError.isInstance(cause)) throw cause;
    return bad(pictureFault(cause));
  }
}

/** The rows of some pictures that follow each other. */
class Chunk {
  readonly from: number;
  readonly count: number;
  readonly bad: BadPicture[] = [];
  readonly #memory: Uint8Array;
  #bytes = 0;
  #seen = 0;

  constructor(from: number, count: number, { width, height, channels }: PictureTarget) {
    this.from = from;
    this.count = count;
    this.#memory = new Uint8Array(count * width * height * channels);
  }

  get rows(): Uint8Array {
    return this.#memory.subarray(0, this.#bytes);
  }

  /** True once it is full. */
  add(decoded: Decoded): boolean {
    if ('reason' in decoded) this.bad.push(decoded);
    else {
      this.#memory.set(decoded.pixels, this.#bytes);
      this.#bytes += decoded.pixels.length;
    }
    this.#seen++;
    return this.#seen === this.count;
  }
}
