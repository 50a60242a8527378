import { DisposedError, LatentkitError, throwIfAborted } from '../errors/index.ts';
import type { GraphInterface, GraphRunner, GraphRunOptions, NamedTensors } from './runner.ts';
import { Scheduler } from './scheduler.ts';

/**
 * A graph runner behind a scheduler: concurrent calls are safe, an aborted or failed call harms no
 * other, and disposal waits for the runs in progress. The graphs of one model share a scheduler.
 */
export class Session {
  readonly name: string;
  readonly #runner: GraphRunner;
  readonly #scheduler: Scheduler;
  /** Calls not yet settled plus runs not yet finished (the run of an aborted call outlives it). */
  #open = 0;
  #whenIdle: (() => void) | undefined;
  #disposal: Promise<void> | undefined;

  constructor(name: string, runner: GraphRunner, scheduler: Scheduler = new Scheduler()) {
    this.name = name;
    this.#runner = runner;
    this.#scheduler = scheduler;
  }

  get runner(): GraphInterface {
    return this.#runner;
  }

  /** Runs of the scheduler that go on at a time. */
  get concurrency(): number {
    return this.#scheduler.concurrency;
  }

  /** See {@link GraphRunner.spareBuffer}. */
  spareBuffer(byteLength: number): ArrayBuffer | undefined {
    return this.#runner.spareBuffer?.(byteLength);
  }

  /**
   * @throws DisposedError after {@link Session.dispose}; AbortedError as soon as the signal fires (a
   *   run that has begun is not interrupted, but its result is dropped); LatentkitError `queue-full`
   *   or `runtime`
   */
  async run(feeds: NamedTensors, options: GraphRunOptions = {}): Promise<NamedTensors> {
    if (this.#disposal) throw new DisposedError(this.name);
    const { signal } = options;
    throwIfAborted(signal, this.name);
    this.#open += 1;
    try {
      // A call that cannot be aborted ends with its run, which then needs no count of its own.
      const job = signal
        ? () => this.#outlive(feeds, options)
        : () => this.#runner.run(feeds, options);
      return await this.#scheduler.run(job, {
        what: this.name,
        items: batchSizeOf(feeds),
        signal,
      });
    } catch (error) {
      if (LatentkitError.isInstance(error)) throw error;
      throw new LatentkitError('runtime', `${this.name} failed: ${(error as Error).message}`, {
        cause: error,
      });
    } finally {
      this.#close();
    }
  }

  async #outlive(feeds: NamedTensors, options: GraphRunOptions): Promise<NamedTensors> {
    this.#open += 1;
    try {
      return await this.#runner.run(feeds, options);
    } finally {
      this.#close();
    }
  }

  #close(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#whenIdle?.();
  }

  /** Lets the calls already made finish, then frees the runner. Idempotent. */
  dispose(): Promise<void> {
    this.#disposal ??= new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
      if (this.#open === 0) resolve();
    }).then(() => this.#runner.dispose());
    return this.#disposal;
  }
}

function batchSizeOf(feeds: NamedTensors): number {
  for (const name in feeds) return feeds[name]?.dims[0] ?? 1;
  return 1;
}
