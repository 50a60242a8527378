import {
  AbortedError,
  type AbortSignalLike,
  ArgumentError,
  LatentkitError,
} from '../errors/index.ts';
import { onAbort } from './abort.ts';

export interface SchedulerOptions {
  /** Jobs that may run at a time; 1 by default. */
  readonly concurrency?: number | undefined;
  /** Jobs that may wait; 4096 by default. More are refused with `queue-full`. */
  readonly maxQueue?: number | undefined;
}

export interface JobOptions {
  /** What runs, for messages. */
  readonly what: string;
  /** Items in the batch: small jobs go before large ones. */
  readonly items: number;
  readonly signal?: AbortSignalLike | undefined;
  /** Whether it is the rest of a call that was let in: it is not refused for a full queue. */
  readonly admitted?: boolean | undefined;
}

/** Jobs of at most this many items are small: they are wanted soon and done at once. */
const SMALL = 16;

/** Small jobs that may overtake waiting large ones in a row; then a large one has its turn. */
const OVERTAKING = 16;

/**
 * A bounded queue before whatever runs the graphs of one model. Small jobs go before large ones
 * without starving them; within each kind the order is first come, first served. A job that fails or
 * is aborted harms no other.
 */
export class Scheduler {
  readonly concurrency: number;
  readonly #maxQueue: number;
  readonly #small = new Set<() => void>();
  readonly #large = new Set<() => void>();
  #running = 0;
  #overtaken = 0;

  /** @throws ArgumentError for a `maxQueue` that is no count */
  constructor({ concurrency = 1, maxQueue = 4096 }: SchedulerOptions = {}) {
    if (typeof maxQueue !== 'number' || !(maxQueue >= 0)) {
      throw new ArgumentError('maxQueue', 'a number of at least 0', maxQueue);
    }
    this.concurrency = concurrency;
    this.#maxQueue = maxQueue;
  }

  /**
   * Runs a job when its turn comes.
   *
   * @throws AbortedError as soon as the signal fires: a waiting job is then never begun, and what a
   *   job that has begun comes to is dropped. LatentkitError `queue-full`
   */
  run<T>(job: () => Promise<T>, { what, items, signal, admitted = false }: JobOptions): Promise<T> {
    if (signal?.aborted) return Promise.reject(new AbortedError(what, signal));
    const free = this.#running < this.concurrency;
    if (free && !signal) return this.#begin(job);
    if (!free && !admitted && this.#small.size + this.#large.size >= this.#maxQueue) {
      return Promise.reject(
        new LatentkitError(
          'queue-full',
          `${what}: ${this.#maxQueue} calls are waiting already. Await earlier calls, ` +
            'send larger batches, use stream() (it waits by itself), or raise maxQueue.',
        ),
      );
    }
    const lane = items <= SMALL ? this.#small : this.#large;
    return new Promise((resolve, reject) => {
      const begin = () => {
        this.#begin(job).finally(forget).then(resolve, reject);
      };
      const forget = signal
        ? onAbort(signal, () => {
            lane.delete(begin);
            reject(new AbortedError(what, signal));
          })
        : () => {};
      if (free) begin();
      else lane.add(begin);
    });
  }

  async #begin<T>(job: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await job();
    } finally {
      this.#running -= 1;
      this.#next();
    }
  }

  #next(): void {
    const smallWaits = this.#small.size > 0;
    const largeWaits = this.#large.size > 0;
    const lane =
      smallWaits && !(largeWaits && this.#overtaken >= OVERTAKING) ? this.#small : this.#large;
    this.#overtaken = lane === this.#small && largeWaits ? this.#overtaken + 1 : 0;
    for (const begin of lane) {
      lane.delete(begin);
      begin();
      return;
    }
  }
}
