import { LatentkitError, throwIfAborted } from '../errors/index.ts';
import { byteLengthOf, fillOutputs } from './named-tensors.ts';
import { OpenCalls } from './open-calls.ts';
import { PieceSize } from './pieces/piece-size.ts';
import { pixelRunner } from './pixels.ts';
import { allocateRows, type Rows, rowsOf, sliceRows } from './rows.ts';
import type {
  GraphInterface,
  GraphLink,
  GraphRunner,
  GraphRunOptions,
  NamedTensors,
} from './runner.ts';
import { Scheduler } from './scheduler.ts';
import { breathe, nextTurn } from './turn.ts';

/**
 * A graph runner behind a scheduler: concurrent calls are safe, an aborted or failed call harms no
 * other, and disposal waits for the runs in progress. The graphs of one model share a scheduler.
 *
 * A call of many rows is cut into pieces of some milliseconds, by what earlier ones took: all else waits for
 * a piece, not for the call. A graph treats every row alike, so the results are those of one run.
 */
export class Session {
  readonly name: string;
  readonly #runner: GraphRunner;
  readonly #scheduler: Scheduler;
  readonly #pieces: PieceSize;
  readonly #run: GraphRunner['run'];
  /** Calls not yet settled plus runs not yet finished (the run of an aborted call outlives it). */
  readonly #calls: OpenCalls;

  constructor(name: string, runner: GraphRunner, scheduler: Scheduler = new Scheduler()) {
    this.name = name;
    this.#calls = new OpenCalls(name);
    this.#runner = runner;
    this.#run = runner.remote ? runner.run.bind(runner) : pixelRunner(runner);
    this.#scheduler = scheduler;
    this.#pieces = new PieceSize(runner.rowsAtOnce);
  }

  get runner(): GraphInterface {
    return this.#runner;
  }

  /** Runs of the scheduler that go on at a time. */
  get concurrency(): number {
    return this.#scheduler.concurrency;
  }

  /** A session of both graphs, in the same queue; see {@link GraphRunner.into}. */
  into(next: Session, link: GraphLink): Session | undefined {
    const runner = this.#runner.into?.(next.#runner, link);
    return runner && new Session(`${this.name} and ${next.name}`, runner, this.#scheduler);
  }

  /** See {@link GraphRunner.spareBuffer}. */
  spareBuffer(byteLength: number): ArrayBuffer | undefined {
    return this.#runner.spareBuffer?.(byteLength);
  }

  /** Runs the graph on tensors of one number of rows; see {@link Session.runRows}. */
  run(feeds: NamedTensors, options: GraphRunOptions = {}): Promise<NamedTensors> {
    return this.runRows(rowsOf(feeds), options);
  }

  /**
   * Runs the graph on rows that are made when their turn comes.
   *
   * @throws DisposedError after {@link Session.dispose}; AbortedError as soon as the signal fires (a
   *   piece that has begun is not interrupted, but its result is dropped); LatentkitError `queue-full`
   *   or `runtime`; what `rows` throws
   */
  runRows(rows: Rows, options: GraphRunOptions = {}): Promise<NamedTensors> {
    return this.#calls.during(async () => {
      throwIfAborted(options.signal, this.name);
      try {
        const { count } = rows;
        const first = this.#pieces.next(count);
        return first >= count
          ? await this.#piece(rows.feeds(0, count), options, count, count)
          : await this.#cut(rows, first, options);
      } catch (error) {
        if (LatentkitError.isInstance(error)) throw error;
        throw new LatentkitError('runtime', `${this.name} failed: ${(error as Error).message}`, {
          cause: error,
        });
      }
    });
  }

  async #cut(
    { count, feeds }: Rows,
    first: number,
    { outputs: given, transfer: _, ...options }: GraphRunOptions,
  ): Promise<NamedTensors> {
    const slice = (from: number, to: number) => given && sliceRows(given, from, to);
    const begun = await this.#piece(
      feeds(0, first),
      { ...options, outputs: slice(0, first) },
      first,
      count,
    );
    // The first piece tells the shapes of the outputs; the others are written into their places.
    const whole = given ?? allocateRows(begun, first, count);
    const failures: unknown[] = [];
    const run = async (from: number, to: number) => {
      try {
        const outputs = sliceRows(whole, from, to);
        const piece = { ...options, outputs };
        fillOutputs(outputs, await this.#piece(feeds(from, to), piece, to - from, count, true));
      } catch (error) {
        failures.push(error);
      }
    };
    const underWay = new Set<Promise<void>>();
    for (let at = first; at < count; ) {
      await nextTurn();
      // It may have failed, or been aborted, meanwhile.
      if (failures.length > 0) break;
      const to = at + this.#pieces.next(count - at);
      const running: Promise<void> = run(at, to).finally(() => underWay.delete(running));
      underWay.add(running);
      at = to;
      if (underWay.size >= this.concurrency) await Promise.race(underWay);
    }
    await Promise.all(underWay);
    if (failures.length > 0) throw failures[0];
    return whole;
  }

  /** Runs `rows` of the `count` rows of a call when their turn comes. */
  #piece(
    feeds: NamedTensors,
    options: GraphRunOptions,
    rows: number,
    count: number,
    admitted = false,
  ): Promise<NamedTensors> {
    const { signal } = options;
    // A call that cannot be aborted ends with its run, which then needs no count of its own.
    const compute = () => this.#compute(feeds, options, rows);
    const job = signal ? () => this.#calls.count(compute) : compute;
    return this.#scheduler.run(job, { what: this.name, items: count, signal, admitted });
  }

  async #compute(
    feeds: NamedTensors,
    options: GraphRunOptions,
    rows: number,
  ): Promise<NamedTensors> {
    const rest = this.#runner.remote ? undefined : breathe();
    if (rest) await rest;
    const handedOver = this.#runner.remote ? byteLengthOf(feeds) : 0;
    const start = performance.now();
    const outputs = await this.#run(feeds, options);
    this.#pieces.learn(rows, performance.now() - start, handedOver);
    return outputs;
  }

  /** Lets the calls already made finish, then frees the runner. Idempotent. */
  dispose(): Promise<void> {
    return this.#calls.end(() => this.#runner.dispose());
  }
}
