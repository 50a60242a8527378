import { checkMethod, checkObject, checkOptions } from '../errors/check.ts';
import { type AbortSignalLike, DisposedError, LatentkitError } from '../errors/index.ts';
import { fromPlainError } from '../errors/plain-error.ts';
import type { GraphBytes, OpenedGraphs } from '../load/platform.ts';
import { unlessAborted } from '../run/abort.ts';
import { handingOver } from '../run/handing-over.ts';
import type { GraphInterface, GraphRunner } from '../run/runner.ts';
import type { Answer, Call, Kind, Reply } from './protocol.ts';

/** The end of the way to a worker at which the model is used. */
export interface ClientPort {
  post(message: unknown, transfer: ArrayBuffer[]): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Calls the listener, at least once, when the worker is of no use any more: "it failed." */
  onEnd(listener: (how: string, cause?: unknown) => void): void;
  /** Whether answers are awaited: an idle worker need not keep a process alive. */
  hold?(awaited: boolean): void;
  /** Lets the worker, which was asked to end, end; resolves when it is gone. Idempotent. */
  end(): Promise<void>;
}

export interface RemoteOptions {
  /** How the workers open the graphs: plain data. */
  readonly settings: unknown;
  /** The caller gives the graphs' bytes away: they are moved to a single worker, not copied. */
  readonly owned?: boolean | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

/** One run for each worker, and one that waits in its mailbox, so that it is never idle between two. */
export const RUNS_A_WORKER = 2;

/** Opens the graphs in every worker; the workers end when the last of the graphs is disposed of. */
export async function openRemote(
  ports: readonly ClientPort[],
  graphs: GraphBytes,
  options: RemoteOptions,
): Promise<OpenedGraphs> {
  checkMethod('ports', ports?.[0], 'post');
  checkObject('graphs', graphs);
  checkOptions(options);
  const { settings, owned = false, signal } = options;
  const workers = ports.map((port) => new RemoteWorker(port));
  const buffers = new Set(Object.values(graphs).map(({ buffer }) => buffer as ArrayBuffer));
  const transfer = owned && workers.length === 1 ? [...buffers] : [];
  try {
    const opening = workers.map((worker) => worker.call('open', { graphs, settings }, transfer));
    const [opened] = await unlessAborted(Promise.all(opening), 'Loading', signal);
    const { graphs: interfaces, attempts } = opened as Answer<'open'>;
    return {
      runners: remoteRunners(interfaces, workers),
      attempts,
      concurrency: workers.length * RUNS_A_WORKER,
    };
  } catch (error) {
    const ended = Promise.all(workers.map((worker) => worker.end()));
    // The caller does not wait for workers that cannot be interrupted where they are.
    if (!signal?.aborted) await ended;
    throw error;
  }
}

/** A worker, and its calls that are not answered yet. Once it is gone they fail, and all later ones. */
class RemoteWorker {
  readonly #port: ClientPort;
  readonly #waiting = new Map<
    number,
    { resolve(value: never): void; reject(error: LatentkitError): void }
  >();
  #nextId = 0;
  #gone: LatentkitError | undefined;

  constructor(port: ClientPort) {
    this.#port = port;
    port.onMessage((message) => {
      const reply = message as Reply;
      const waiting = this.#waiting.get(reply.id);
      // Of a call that was given up: who waits for the end must be able to, whatever comes before it.
      if (!waiting) return;
      this.#waiting.delete(reply.id);
      if (this.load === 0) port.hold?.(false);
      if ('error' in reply) waiting.reject(fromPlainError(reply.error));
      else waiting.resolve(reply.value as never);
    });
    port.onEnd((how, cause) => {
      const message = `The model's worker cannot go on: ${how} Load the model again to go on.`;
      void this.end(new LatentkitError('runtime', message, { cause }));
    });
  }

  get load(): number {
    return this.#waiting.size;
  }

  call<K extends Kind>(kind: K, call: Call<K>, transfer: ArrayBuffer[] = []): Promise<Answer<K>> {
    return new Promise((resolve, reject) => {
      if (this.#gone) throw this.#gone;
      const id = this.#nextId++;
      this.#port.post({ id, kind, ...call }, transfer);
      this.#waiting.set(id, { resolve, reject });
      this.#port.hold?.(true);
    });
  }

  /** Asks the worker to end, and waits until it is gone; calls not yet answered reject at once. */
  async end(reason: LatentkitError = new DisposedError("The model's worker")): Promise<void> {
    if (!this.#gone) {
      this.#gone = reason;
      this.#port.post({ id: this.#nextId++, kind: 'end' }, []);
      for (const { reject } of this.#waiting.values()) reject(reason);
      this.#waiting.clear();
    }
    await this.#port.end();
  }
}

/** Graphs whose runs go to the least loaded of several workers. */
function remoteRunners(
  graphs: Answer<'open'>['graphs'],
  workers: readonly RemoteWorker[],
): Record<string, GraphRunner> {
  const runs = handingOver();
  const open = new Set(Object.keys(graphs));
  const runnerOf = (graph: string, description: GraphInterface): GraphRunner => {
    let disposal: Promise<unknown> | undefined;
    const close = (worker: RemoteWorker) =>
      open.size > 0 ? worker.call('dispose', { graph }) : worker.end();
    return {
      remote: true,
      ...description,
      ...runs((feeds, options, transfer) => {
        if (disposal) throw new DisposedError(`The graph '${graph}'`);
        const worker = workers.reduce((a, b) => (b.load < a.load ? b : a));
        return worker.call('run', { graph, feeds, options }, transfer);
      }),
      async dispose() {
        open.delete(graph);
        // A worker that is gone has freed its memory.
        disposal ??= Promise.allSettled(workers.map(close));
        await disposal;
      },
    };
  };
  return Object.fromEntries(
    Object.entries(graphs).map(([name, description]) => [name, runnerOf(name, description)]),
  );
}
