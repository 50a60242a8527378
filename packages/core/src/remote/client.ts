import {
  AbortedError,
  type AbortSignalLike,
  DisposedError,
  LatentkitError,
} from '../errors/index.ts';
import { fromPlainError } from '../errors/plain-error.ts';
import type { GraphBytes, OpenedGraphs } from '../load/platform.ts';
import { onAbort } from '../run/abort.ts';
import { BufferStore } from '../run/buffer-store.ts';
import { buffersOf, copyTensors, fillOutputs, tensorsOfThisRealm } from '../run/named-tensors.ts';
import type { GraphInterface, GraphRunner } from '../run/runner.ts';
import type { Call, Port, Reply, Request, Results } from './protocol.ts';

/** The end of the way at which the model is used. */
export interface ClientPort extends Port {
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
/** Memory, in bytes, that came back from the workers and waits for the next batches. */
const SPARE_BYTES = 64 * 2 ** 20;

/** Opens the graphs in every worker; the workers end when the last of the graphs is disposed of. */
export async function openRemote(
  ports: readonly ClientPort[],
  graphs: GraphBytes,
  { settings, owned = false, signal }: RemoteOptions,
): Promise<OpenedGraphs> {
  const workers = ports.map((port) => new RemoteWorker(port));
  const end = (reason?: LatentkitError) => Promise.all(workers.map((worker) => worker.end(reason)));
  // The caller does not wait for workers that cannot be interrupted where they are.
  const forget = signal && onAbort(signal, () => void end(new AbortedError('Loading', signal)));
  try {
    if (signal?.aborted) throw new AbortedError('Loading', signal);
    const buffers = new Set(Object.values(graphs).map(({ buffer }) => buffer as ArrayBuffer));
    const transfer = owned && workers.length === 1 ? [...buffers] : [];
    const call = { kind: 'open', graphs, settings } as const;
    const [opened] = await Promise.all(workers.map((worker) => worker.call(call, transfer)));
    const { graphs: interfaces, attempts } = opened as Results['open'];
    const shared = { workers, spare: new BufferStore(SPARE_BYTES), open: new Set<string>() };
    const runners = Object.entries(interfaces).map(
      ([name, description]) => [name, remoteRunner(name, description, shared)] as const,
    );
    const concurrency = workers.length * RUNS_A_WORKER;
    return { runners: Object.fromEntries(runners), attempts, concurrency };
  } catch (error) {
    const ended = end();
    if (!signal?.aborted) await ended;
    throw error;
  } finally {
    forget?.();
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
      this.#waiting.delete(reply.id);
      if (this.#waiting.size === 0) port.hold?.(false);
      if ('error' in reply) waiting?.reject(fromPlainError(reply.error));
      else waiting?.resolve(reply.value as never);
    });
    port.onEnd((how, cause) => {
      const message = `The model's worker cannot go on: ${how} Load the model again to go on.`;
      void this.end(new LatentkitError('runtime', message, { cause }));
    });
  }

  get load(): number {
    return this.#waiting.size;
  }

  call<C extends Call>(call: C, transfer: ArrayBuffer[] = []): Promise<Results[C['kind']]> {
    return new Promise((resolve, reject) => {
      if (this.#gone) throw this.#gone;
      const id = this.#nextId++;
      this.#port.post({ id, ...call } satisfies Request, transfer);
      this.#waiting.set(id, { resolve, reject });
      this.#port.hold?.(true);
    });
  }

  /** Asks the worker to end, and waits until it is gone; calls not yet answered reject at once. */
  async end(reason: LatentkitError = new DisposedError("The model's worker")): Promise<void> {
    if (!this.#gone) {
      this.#gone = reason;
      this.#port.post({ id: this.#nextId++, kind: 'end' } satisfies Request, []);
      for (const { reject } of this.#waiting.values()) reject(reason);
      this.#waiting.clear();
    }
    await this.#port.end();
  }
}

/** A graph whose runs go to the least loaded of several workers. */
function remoteRunner(
  graph: string,
  { device, inputs, outputs }: GraphInterface,
  shared: { workers: readonly RemoteWorker[]; spare: BufferStore; open: Set<string> },
): GraphRunner {
  const { workers, spare, open } = shared;
  open.add(graph);
  let disposal: Promise<void> | undefined;
  const dispose = async () => {
    // A worker that is gone has freed its memory.
    await Promise.allSettled(workers.map((worker) => worker.call({ kind: 'dispose', graph })));
    open.delete(graph);
    if (open.size === 0) await Promise.all(workers.map((worker) => worker.end()));
  };
  return {
    remote: true,
    device,
    inputs,
    outputs,
    async run(feeds, { outputs: given, transfer, pixels, ...options } = {}) {
      if (disposal) throw new DisposedError(`The graph '${graph}'`);
      // Without `transfer` the arrays stay the caller's.
      const sent = transfer ? feeds : copyTensors(feeds, spare);
      const worker = workers.reduce((a, b) => (b.load < a.load ? b : a));
      const { wanted = given && Object.keys(given) } = options;
      const call = { kind: 'run', graph, feeds: sent, options: { wanted, pixels } } as const;
      const { outputs: answer, returned } = await worker.call(call, buffersOf(sent));
      for (const buffer of returned) spare.keep(buffer);
      const results = tensorsOfThisRealm(answer);
      return given ? fillOutputs(given, results) : results;
    },
    spareBuffer: (byteLength) => spare.take(byteLength),
    dispose() {
      disposal ??= dispose();
      return disposal;
    },
  };
}
