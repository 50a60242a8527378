import { AbortedError, type GraphRunner, LatentkitError, type NamedTensors } from '@latentkit/core';
import { onAbort, sliceRows } from '@latentkit/core/runtime';
import { joinRows } from './join-rows.ts';
import type { Slots } from './slots.ts';

export interface BatcherOptions {
  /** For messages: the name under which the graph is served. */
  readonly name: string;
  /** The most rows of a batch. */
  readonly maxBatch: number;
  /** How long the first request of a batch waits for others, in milliseconds. */
  readonly maxDelayMs: number;
  /** Requests that may wait; more are refused. */
  readonly maxQueue: number;
  /** Whether every input and output has a row for each item; requests are run one by one otherwise. */
  readonly joins: boolean;
  readonly onBatch?: ((batch: BatchReport) => void) | undefined;
}

export interface BatchReport {
  readonly requests: number;
  readonly rows: number;
  readonly seconds: number;
}

interface Job {
  readonly feeds: NamedTensors;
  readonly rows: number;
  readonly wanted: readonly string[];
  /** Jobs of one key can be put into one batch. */
  readonly key: string;
  readonly since: number;
  readonly signal: AbortSignal;
  ended(outcome: NamedTensors | Error): void;
}

/**
 * Puts requests that arrive at about the same time into one batch: the first waits for others until the batch is
 * full or its time is up, in the order of arrival, and while a batch runs the next one gathers. Neither a row's result
 * nor whether it fails depends on what stands beside it.
 */
export class Batcher {
  readonly #runner: GraphRunner;
  readonly #slots: Slots;
  readonly #options: BatcherOptions;
  readonly #waiting: Job[] = [];
  #timer: NodeJS.Timeout | undefined;
  #hurried = false;

  constructor(runner: GraphRunner, slots: Slots, options: BatcherOptions) {
    this.#runner = runner;
    this.#slots = slots;
    this.#options = options;
  }

  /** Requests that wait. */
  get queued(): number {
    return this.#waiting.length;
  }

  /**
   * Runs rows in a batch with whatever else there is.
   *
   * @param feeds all of `rows` rows
   * @returns the outputs that are wanted, of these rows
   * @throws LatentkitError `queue-full`, `runtime`; AbortedError, and the rows are not run if their turn has not come
   */
  run(
    feeds: NamedTensors,
    rows: number,
    { wanted, signal }: { readonly wanted: readonly string[]; readonly signal: AbortSignal },
  ): Promise<NamedTensors> {
    const { maxQueue, name } = this.#options;
    if (signal.aborted) return Promise.reject(new AbortedError(name, signal));
    if (this.#waiting.length >= maxQueue) {
      const message = `${name}: ${maxQueue} requests are waiting already. Ask again later.`;
      return Promise.reject(new LatentkitError('queue-full', message));
    }
    return new Promise((resolve, reject) => {
      const since = performance.now();
      const job: Job = { feeds, rows, wanted, key: keyOf(feeds), since, signal, ended };
      const forget = onAbort(signal, () => {
        const at = this.#waiting.indexOf(job);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(new AbortedError(name, signal));
      });
      function ended(outcome: NamedTensors | Error) {
        forget();
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      }
      this.#waiting.push(job);
      this.#next();
    });
  }

  /** No batch waits to become full any more. */
  hurry(): void {
    this.#hurried = true;
    this.#next();
  }

  readonly #next = (): void => {
    clearTimeout(this.#timer);
    while (this.#waiting.length > 0) {
      const { jobs, isFull } = this.#gather();
      const [first] = jobs as [Job];
      const left = first.since + this.#options.maxDelayMs - performance.now();
      if (!isFull && left > 0 && !this.#hurried) {
        this.#timer = setTimeout(this.#next, left);
        return;
      }
      if (!this.#slots.take(this.#next)) return;
      this.#waiting.splice(0, jobs.length);
      void this.#start(jobs);
    }
  };

  /** The requests at the head of the queue that fit into one batch, and whether nothing can be added to them. */
  #gather(): { readonly jobs: readonly Job[]; readonly isFull: boolean } {
    const { maxBatch, joins } = this.#options;
    const [first] = this.#waiting as [Job];
    let rows = 0;
    let count = 0;
    for (const job of this.#waiting) {
      const fits = count === 0 || (joins && job.key === first.key && rows + job.rows <= maxBatch);
      if (!fits) return { jobs: this.#waiting.slice(0, count), isFull: true };
      rows += job.rows;
      count += 1;
    }
    return { jobs: this.#waiting.slice(0, count), isFull: !joins || rows >= maxBatch };
  }

  async #start(jobs: readonly Job[]): Promise<void> {
    try {
      await this.#finish(jobs);
    } finally {
      this.#slots.give();
    }
  }

  /** Runs jobs in one batch; where it fails, one by one, so that only those fail that fail by themselves. */
  async #finish(jobs: readonly Job[]): Promise<void> {
    const rows = jobs.reduce((sum, job) => sum + job.rows, 0);
    const begun = performance.now();
    try {
      const outputs = await this.#compute(jobs, rows);
      const seconds = (performance.now() - begun) / 1000;
      this.#options.onBatch?.({ requests: jobs.length, rows, seconds });
      let at = 0;
      for (const job of jobs) {
        const own = Object.fromEntries(job.wanted.map((name) => [name, outputs[name]]));
        const part = own as NamedTensors;
        job.ended(jobs.length === 1 ? part : sliceRows(part, at, at + job.rows));
        at += job.rows;
      }
    } catch (error) {
      const [first, ...others] = jobs as [Job, ...Job[]];
      if (others.length === 0) {
        first.ended(error as Error);
        return;
      }
      for (const job of jobs) if (!job.signal.aborted) await this.#finish([job]);
    }
  }

  async #compute(jobs: readonly Job[], rows: number): Promise<NamedTensors> {
    const wanted = [...new Set(jobs.flatMap((job) => job.wanted))];
    const [first] = jobs as [Job];
    // The memory of a single request may be shared with others (Node's pool), and is not given away.
    const outputs =
      jobs.length === 1
        ? await this.#runner.run(first.feeds, { wanted })
        : await this.#runner.run(
            joinRows(
              jobs.map(({ feeds }) => feeds),
              this.#runner,
            ),
            {
              wanted,
              transfer: true,
            },
          );
    for (const name of wanted) {
      const { dims } = outputs[name] ?? { dims: [] };
      if (!this.#options.joins || dims[0] === rows) continue;
      throw new LatentkitError(
        'runtime',
        `The output '${name}' of ${this.#options.name} should have a row for each of ${rows} items, received dims [${dims.join(', ')}]. Export the model again.`,
      );
    }
    return outputs;
  }
}

function keyOf(feeds: NamedTensors): string {
  return Object.entries(feeds)
    .map(
      ([
        name,
        {
          dims: [, ...item],
        },
      ]) => `${name}:${item.join('x')}`,
    )
    .sort()
    .join();
}
