import { createRequire } from 'node:module';
import { type TransferListItem, Worker } from 'node:worker_threads';
import { LatentkitError } from '@latentkit/core';
import type { WorkerReply, WorkerRequest, WorkerResults } from './worker-protocol.ts';

interface Pending {
  resolve(value: never): void;
  reject(error: Error): void;
}

/** One worker thread and the requests that it has not answered yet. */
export class PoolWorker {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  /** Why the thread is gone, once it is. */
  #gone: Error | undefined;

  constructor() {
    this.#worker = new Worker(workerFile(), {
      name: 'latentkit',
      // The flags of the process (loaders, --input-type, inspectors) are none of the worker's business.
      execArgv: [],
    });
    this.#worker.unref();
    this.#worker.on('message', (reply: WorkerReply) => this.#settle(reply));
    this.#worker.on('error', (cause) => this.#fail(`failed: ${cause.message}`, cause));
    this.#worker.on('messageerror', (cause) => this.#fail(`sent a broken message`, cause));
    this.#worker.on('exit', (code) => this.#fail(`ended with code ${code}`));
  }

  /** Requests under way. */
  get load(): number {
    return this.#pending.size;
  }

  request<R extends WorkerRequest>(
    request: R,
    transfer: readonly TransferListItem[] = [],
  ): Promise<WorkerResults[R['kind']]> {
    return new Promise((resolve, reject) => {
      if (this.#gone) throw this.#gone;
      const id = this.#nextId++;
      this.#worker.postMessage({ id, ...request }, transfer);
      this.#pending.set(id, { resolve, reject });
      // An idle thread does not keep the process alive; one with work to do does.
      this.#worker.ref();
    });
  }

  /** Frees the sessions of the thread and ends it, after the requests before. */
  async close(): Promise<void> {
    if (this.#gone) return;
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    await this.request({ kind: 'close' });
    this.#worker.ref();
    await ended;
  }

  /** Ends the thread at once; requests under way reject. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(reply: WorkerReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if ('error' in reply) {
      pending?.reject(new LatentkitError(reply.error.code, reply.error.message));
    } else {
      pending?.resolve(reply.value as never);
    }
  }

  #fail(how: string, cause?: unknown): void {
    this.#gone ??= new LatentkitError(
      'runtime',
      `The worker thread that runs the model ${how}. Load the model again to go on.`,
      { cause },
    );
    for (const { reject } of this.#pending.values()) reject(this.#gone);
    this.#pending.clear();
  }
}

/**
 * The compiled worker: beside this file in the package, in dist when this file is a source (tests), or,
 * when a bundler has moved this code elsewhere, in the installed package.
 */
function workerFile(): string {
  const { resolve } = createRequire(import.meta.url);
  let cause: unknown;
  for (const name of ['./worker.mjs', '../dist/worker.mjs', '@latentkit/node/worker']) {
    try {
      return resolve(name);
    } catch (error) {
      cause = error;
    }
  }
  throw new LatentkitError(
    'missing-dependency',
    "The worker of @latentkit/node (dist/worker.mjs) cannot be found. Leave '@latentkit/node' out of the bundle (mark it as external), or load the model with execution: 'inline'.",
    { cause },
  );
}
