import { type AbortSignalLike, ArgumentError, describeValue } from '../errors/index.ts';
import { unlessAborted } from './abort.ts';
import type { GraphRunOptions, RunOptions } from './runner.ts';
import type { Session } from './session.ts';
import { breathe } from './turn.ts';

/** Chunks of rows from anywhere: a file reader, a database cursor, a generator, an array of batches. */
export type StreamSource<T> = AsyncIterable<T> | Iterable<T>;

export interface StreamOptions extends RunOptions {
  /** Rows a batch; 256 by default. Every batch but the last has exactly as many. */
  readonly batchSize?: number | undefined;
}

export interface BatchedRuns<C, T> extends StreamOptions {
  /** What streams, for messages. */
  readonly what: string;
  readonly session: Session;
  /** Floats a row. */
  readonly rowSize: number;
  /** The rows of a chunk. */
  open(chunk: C): StreamRows;
  run(rows: FilledRows, options: GraphRunOptions): Promise<T>;
}

export interface StreamRows {
  readonly count: number;
  /** The checked values of the rows from `from` up to `to`, one after the other: in `out`, or where they are. */
  values(from: number, to: number, out?: Float32Array): Float32Array;
}

/** Rows of values. */
export interface FilledRows extends StreamRows {
  rows(from: number, to: number): Float32Array;
}

/** Values that are checked and copied in one go, however many a batch has: a millisecond or less. */
const COPIED_AT_A_TIME = 2 ** 18;

/**
 * Cuts a stream of chunks, whatever their sizes, into batches, runs them, and yields the results in
 * order. As many batches are under way as the session runs at a time, and one more; the source is
 * asked for no more than they need, so that memory stays bounded however slow the consumer is.
 *
 * A chunk is copied when it arrives: the source may reuse its memory at once.
 *
 * @throws what the source and the runs throw; AbortedError as soon as the signal fires, even while
 *   the source is silent. However the stream ends, the source is closed and no run is left behind.
 */
export async function* runInBatches<C, T>(
  source: StreamSource<C>,
  { what, session, rowSize, batchSize = 256, signal, open, run }: BatchedRuns<C, T>,
): AsyncGenerator<T, void, undefined> {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new ArgumentError('batchSize', 'an integer of at least 1', batchSize);
  }
  const chunks = iterate(source);
  const step = Math.ceil(COPIED_AT_A_TIME / rowSize);
  const spare: Float32Array[] = [];
  const underWay: Promise<T>[] = [];
  let batch: Float32Array | undefined;
  let filled = 0;
  const start = async (rows: Float32Array, whole: Float32Array) => {
    const values = (from: number, to: number) => rows.subarray(from * rowSize, to * rowSize);
    const filledRows = { count: rows.length / rowSize, values, rows: values };
    const result = await run(filledRows, { signal, transfer: true });
    // Detached if the runner kept it.
    if (whole.length > 0) spare.push(whole);
    return result;
  };
  const begin = (whole: Float32Array) => {
    const running = start(whole.subarray(0, filled * rowSize), whole);
    // Its failure is reported when its turn to be yielded comes.
    running.catch(() => {});
    underWay.push(running);
    batch = undefined;
    filled = 0;
  };
  let exhausted = false;
  try {
    for (;;) {
      const { done, value: chunk } = await unlessAborted(chunks.next(), what, signal);
      if (done) break;
      const { count, values } = open(chunk);
      for (let at = 0; at < count; ) {
        batch ??= spare.pop() ?? newBatch(session, batchSize, rowSize);
        const to = at + Math.min(count - at, batchSize - filled, step);
        const target = batch.subarray(filled * rowSize, (filled + to - at) * rowSize);
        const found = values(at, to, target);
        if (found !== target) target.set(found);
        filled += to - at;
        at = to;
        await breathe();
        if (filled === batchSize) {
          begin(batch);
          if (underWay.length > session.concurrency) yield (await underWay.shift()) as T;
        }
      }
    }
    exhausted = true;
    if (batch && filled > 0) begin(batch);
    while (underWay.length > 0) yield (await underWay.shift()) as T;
  } finally {
    await Promise.allSettled(underWay);
    if (!exhausted) await close(chunks, signal);
  }
}

function newBatch(session: Session, rows: number, rowSize: number): Float32Array {
  const length = rows * rowSize;
  try {
    const spare = session.spareBuffer(length * Float32Array.BYTES_PER_ELEMENT);
    return spare ? new Float32Array(spare) : new Float32Array(length);
  } catch (cause) {
    // A RangeError: no typed array is so long, or there is not so much memory.
    const expected = `one whose batches fit into memory (a row is ${rowSize} floats)`;
    throw new ArgumentError('batchSize', expected, rows, { cause });
  }
}

function iterate<C>(source: StreamSource<C>): AsyncIterator<C> | Iterator<C> {
  if (typeof source === 'object' && source !== null && !ArrayBuffer.isView(source)) {
    if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]();
    if (Symbol.iterator in source) return source[Symbol.iterator]();
  }
  throw new ArgumentError(
    'source',
    'an iterable or async iterable of batches (put a single batch in an array)',
    describeValue(source),
  );
}

async function close(
  chunks: AsyncIterator<unknown> | Iterator<unknown>,
  signal: AbortSignalLike | undefined,
): Promise<void> {
  const closing = Promise.resolve(chunks.return?.()).catch(() => {});
  // A source that is silent cannot be closed before it speaks: an abort does not wait for that.
  if (!signal?.aborted) await closing;
}
