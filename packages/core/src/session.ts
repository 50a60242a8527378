import { AbortedError, DisposedError, LatentkitError, throwIfAborted } from './errors.ts';
import type { GraphRunner, NamedTensors, RunOptions } from './runner.ts';

/**
 * A graph runner behind a first-in-first-out queue: concurrent calls are safe, an aborted or failed
 * call harms no other, and disposal waits for the run in progress.
 */
export class Session {
  readonly name: string;
  readonly #runner: GraphRunner;
  /** Settles, never rejecting, when the call before has finished. */
  #tail: Promise<void> = Promise.resolve();
  #disposal: Promise<void> | undefined;

  constructor(name: string, runner: GraphRunner) {
    this.name = name;
    this.#runner = runner;
  }

  get runner(): Pick<GraphRunner, 'device' | 'inputs' | 'outputs'> {
    return this.#runner;
  }

  /**
   * @throws DisposedError after {@link Session.dispose}; AbortedError if the signal fires before the
   *   run begins (a run that has begun is not interrupted, but its result is dropped)
   */
  async run(feeds: NamedTensors, { signal }: RunOptions = {}): Promise<NamedTensors> {
    if (this.#disposal) throw new DisposedError(this.name);
    throwIfAborted(signal, this.name);
    const turn = this.#tail;
    let finish!: () => void;
    this.#tail = new Promise((resolve) => {
      finish = resolve;
    });
    let onAbort: (() => void) | undefined;
    const abortion =
      signal &&
      new Promise<never>((_, reject) => {
        onAbort = () => reject(new AbortedError(this.name, signal));
        signal.addEventListener('abort', onAbort, { once: true });
      });
    const result = turn.then(() => {
      throwIfAborted(signal, this.name);
      return this.#runner.run(feeds, { signal });
    });
    result.then(finish, finish);
    try {
      return await (abortion ? Promise.race([result, abortion]) : result);
    } catch (error) {
      if (LatentkitError.isInstance(error)) throw error;
      throw new LatentkitError('runtime', `${this.name} failed: ${(error as Error).message}`, {
        cause: error,
      });
    } finally {
      if (onAbort) signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Lets the calls already queued finish, then frees the runner. Idempotent. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#tail.then(() => this.#runner.dispose());
    return this.#disposal;
  }
}
