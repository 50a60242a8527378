import { checkInteger } from '../errors/check.ts';
import { type AbortSignalLike, ArgumentError } from '../errors/index.ts';
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
  /** Floats that go beside a row, as the weights of its labels; 0 by default. */
  readonly besideSize?: number | undefined;
  /** The rows of a chunk. */
  open(chunk: C): StreamRows | Promise<StreamRows>;
  run(rows: FilledRows, options: GraphRunOptions): Promise<T>;
  /** Called when the source has ended; it throws where it ended too early. */
  end?(): void;
}

export interface StreamRows {
  readonly count: number;
  /** The checked values of the rows from `from` up to `to`, one after the other: in `out`, or where they are. */
  values(from: number, to: number, out?: Float32Array): Float32Array | Promise<Float32Array>;
  /** What goes beside those rows. */
  readonly beside?: ((from: number, to: number) => Float32Array) | undefined;
}

/** The rows of a batch. */
export interface FilledRows {
  readonly count: number;
  values(from: number, to: number): Float32Array;
  rows(from: number, to: number): Float32Array;
  /** What goes beside them all, one after the other. */
  readonly beside: Float32Array;
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
 * @throws what the source and the runs throw, after the whole batches before it; AbortedError as soon as the signal fires, even while
 *   the source is silent. However the stream ends, the source is closed and no run is left behind.
 */
export async function* runInBatches<C, T>(
  source: StreamSource<C>,
  {
    what,
    session,
    rowSize,
    besideSize = 0,
    batchSize = 256,
    signal,
    open,
    run,
    end,
  }: BatchedRuns<C, T>,
): AsyncGenerator<T, void, undefined> {
  checkInteger('batchSize', batchSize, 1);
  const chunks = iterate(source);
  const step = Math.ceil(COPIED_AT_A_TIME / rowSize);
  const spare: Float32Array[] = [];
  const underWay: Promise<T>[] = [];
  let batch: { readonly whole: Float32Array; readonly beside: Float32Array } | undefined;
  let filled = 0;
  const newBatch = () => ({
    whole: spare.pop() ?? memoryOf(session, batchSize, rowSize),
    // Small, and not worth keeping.
    beside: new Float32Array(batchSize * besideSize),
  });
  const start = async ({ whole, beside }: NonNullable<typeof batch>, count: number) => {
    const values = (from: number, to: number) => whole.subarray(from * rowSize, to * rowSize);
    const rows = { count, values, rows: values, beside: beside.subarray(0, count * besideSize) };
    const result = await run(rows, { signal, transfer: true });
    // Detached if the runner kept it.
    if (whole.length > 0) spare.push(whole);
    return result;
  };
  const begin = (full: NonNullable<typeof batch>) => {
    const running = start(full, filled);
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
      const { count, values, beside } = await open(chunk);
      for (let at = 0; at < count; ) {
        batch ??= newBatch();
        const to = at + Math.min(count - at, batchSize - filled, step);
        const target = batch.whole.subarray(filled * rowSize, (filled + to - at) * rowSize);
        const found = await values(at, to, target);
        if (found !== target) target.set(found);
        if (beside) batch.beside.set(beside(at, to), filled * besideSize);
        filled += to - at;
        at = to;
        await breathe();
        if (filled === batchSize) {
          begin(batch);
          for (; underWay[session.concurrency]; underWay.shift()) yield underWay[0] as Promise<T>;
        }
      }
    }
    exhausted = true;
    end?.();
    if (batch) begin(batch);
    for (; underWay[0]; underWay.shift()) yield underWay[0];
  } catch (error) {
    // What the source throws comes after the batches before; a run that failed is still the first, and fails again.
    if (!signal?.aborted) for (; underWay[0]; underWay.shift()) yield underWay[0];
    throw error;
  } finally {
    await Promise.allSettled(underWay);
    if (!exhausted) await close(chunks, signal);
  }
}

function memoryOf(session: Session, rows: number, rowSize: number): Float32Array {
  const length = rows * rowSize;
  try {
    // Bytes: a float32 has four.
    const spare = session.spareBuffer(4 * length);
    return spare ? new Float32Array(spare) : new Float32Array(length);
  } catch (cause) {
    // A RangeError: no typed array is so long, or there is not so much memory.
    const expected = `one whose batches fit into memory (a row is ${rowSize} floats)`;
    throw new ArgumentError('batchSize', expected, rows, { cause });
  }
}

function iterate<C>(source: StreamSource<C>): AsyncIterator<C> | Iterator<C> {
  if (typeof source === 'object' && source !== null && !ArrayBuffer.isView(source)) {
    for (const method of [Symbol.asyncIterator, Symbol.iterator] as const) {
      const begin = (source as unknown as Record<symbol, unknown>)[method];
      const chunks = typeof begin === 'function' ? begin.call(source) : undefined;
      if (typeof chunks?.next === 'function') return chunks;
    }
  }
  throw new ArgumentError(
    'source',
    'an iterable or async iterable of batches (put a single batch in an array)',
    source,
  );
}

async function close(
  chunks: AsyncIterator<unknown> | Iterator<unknown>,
  signal: AbortSignalLike | undefined,
): Promise<void> {
  const closing = (async () => chunks.return?.())().catch(() => {});
  // A source that is silent cannot be closed before it speaks: an abort does not wait for that.
  if (!signal?.aborted) await closing;
}
