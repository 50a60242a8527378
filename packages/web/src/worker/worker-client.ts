import { AbortedError, type AbortSignalLike, LatentkitError } from '@latentkit/core';
import { fromPlainError, type WorkerCall, type WorkerReply } from './worker-protocol.ts';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The page's end of a model's worker: calls and their answers. A worker that dies fails them all. */
export class WorkerClient {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #death: LatentkitError | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.addEventListener('message', ({ data }: MessageEvent<WorkerReply>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.ok) waiting?.resolve(data.value);
      else waiting?.reject(fromPlainError(data.error));
    });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.#die(
        `The model's worker failed: ${event.message || 'its script could not be loaded'}. Check that the bundler emitted the ` +
          "worker (or pass the option 'worker'), and that a Content-Security-Policy allows it in worker-src.",
      );
    });
    worker.addEventListener('messageerror', () =>
      this.#die("The model's worker sent an answer that could not be read."),
    );
  }

  /**
   * @param transfer buffers to hand over instead of copying them
   * @throws what the worker threw; LatentkitError `runtime` when the worker dies
   */
  call(call: WorkerCall, transfer: Transferable[] = []): Promise<unknown> {
    if (this.#death) return Promise.reject(this.#death);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...call }, transfer);
    });
  }

  /** {@link WorkerClient.call}, given up when the signal fires: the worker is ended then. */
  async callOrEnd(
    call: WorkerCall,
    transfer: Transferable[],
    signal: AbortSignalLike | undefined,
  ): Promise<unknown> {
    const onAbort = () => this.end(signal && new AbortedError('Loading', signal));
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await this.call(call, transfer);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Ends the worker; calls still waiting reject with `reason`. Idempotent. */
  end(reason = new LatentkitError('disposed', "The model's worker was ended.")): void {
    this.#worker.terminate();
    this.#death ??= reason;
    for (const { reject } of this.#waiting.values()) reject(this.#death);
    this.#waiting.clear();
  }

  #die(message: string): void {
    this.end(new LatentkitError('runtime', `${message} Load the model again to go on.`));
  }
}
