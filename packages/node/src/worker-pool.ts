import {
  AbortedError,
  type AbortSignalLike,
  DisposedError,
  type GraphBytes,
  type GraphRunner,
  type GraphRunOptions,
  LatentkitError,
  type NamedTensors,
  onAbort,
  type Tensor,
} from '@latentkit/core';
import { switchTelemetryOff } from '@latentkit/system/ort';
import { BufferStore } from './buffer-store.ts';
import type { RunnerOptions } from './ort-runner.ts';
import { PoolWorker } from './pool-worker.ts';
import type { GraphInterface } from './worker-protocol.ts';

/** Memory that came back from the threads and waits for the next batches. */
const SPARE_BYTES = 64 * 2 ** 20;

/**
 * Opens the graphs in `size` worker threads, each with sessions of its own.
 *
 * @returns a runner for each graph; the threads end when all of them are disposed
 */
export async function openPool(
  graphs: GraphBytes,
  size: number,
  options: RunnerOptions,
  signal: AbortSignalLike | undefined,
): Promise<Record<string, GraphRunner>> {
  await switchTelemetryOff();
  const workers = Array.from({ length: size }, () => new PoolWorker());
  const end = () => Promise.all(workers.map((worker) => worker.terminate()));
  const forget = signal && onAbort(signal, () => void end());
  try {
    if (signal?.aborted) throw new AbortedError('Loading', signal);
    const [interfaces] = await Promise.all(
      workers.map((worker) => worker.request({ kind: 'open', graphs, options })),
    );
    const pool = new WorkerPool(workers, Object.keys(graphs).length);
    return Object.fromEntries(
      Object.entries(interfaces ?? {}).map(([name, description]) => [
        name,
        new WorkerRunner(pool, name, description),
      ]),
    );
  } catch (error) {
    await end();
    throw signal?.aborted ? new AbortedError('Loading', signal) : error;
  } finally {
    forget?.();
  }
}

/** Hands runs to the least loaded of several worker threads. */
class WorkerPool {
  readonly spare = new BufferStore(SPARE_BYTES);
  readonly #workers: readonly PoolWorker[];
  #users: number;

  constructor(workers: readonly PoolWorker[], users: number) {
    this.#workers = workers;
    this.#users = users;
  }

  async run(
    graph: string,
    feeds: NamedTensors,
    { outputs, wanted, transfer = false }: GraphRunOptions,
  ): Promise<NamedTensors> {
    const sent = transfer ? feeds : this.#copy(feeds);
    const buffers = Object.values(sent).map(({ data }) => data.buffer as ArrayBuffer);
    const worker = this.#workers.reduce((a, b) => (b.load < a.load ? b : a));
    const reply = await worker.request(
      { kind: 'run', graph, feeds: sent, wanted: outputs ? Object.keys(outputs) : wanted },
      [...new Set(buffers)],
    );
    for (const buffer of reply.returned) this.spare.keep(buffer);
    return outputs ? writeInto(outputs, reply.outputs) : reply.outputs;
  }

  /** The caller keeps its arrays, so the thread gets copies of them, in memory that it gave back. */
  #copy(feeds: NamedTensors): NamedTensors {
    const copies: Record<string, Tensor> = {};
    for (const name in feeds) {
      const { data, dims, dtype } = feeds[name] as Tensor;
      const buffer = this.spare.take(data.byteLength) ?? new ArrayBuffer(data.byteLength);
      const source = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
      new Uint8Array(buffer).set(source);
      const Copy = data.constructor as new (buffer: ArrayBuffer) => Float32Array;
      copies[name] = { data: new Copy(buffer), dims, dtype } as Tensor;
    }
    return copies;
  }

  /** Ends the threads when the last runner is done. */
  async release(): Promise<void> {
    this.#users -= 1;
    if (this.#users === 0) await Promise.all(this.#workers.map((worker) => worker.close()));
  }
}

class WorkerRunner implements GraphRunner {
  readonly device: string;
  readonly inputs: GraphInterface['inputs'];
  readonly outputs: GraphInterface['outputs'];
  readonly #pool: WorkerPool;
  readonly #graph: string;
  #disposal: Promise<void> | undefined;

  constructor(pool: WorkerPool, graph: string, { device, inputs, outputs }: GraphInterface) {
    this.#pool = pool;
    this.#graph = graph;
    this.device = device;
    this.inputs = inputs;
    this.outputs = outputs;
  }

  async run(feeds: NamedTensors, options: GraphRunOptions = {}): Promise<NamedTensors> {
    if (this.#disposal) throw new DisposedError(`The graph '${this.#graph}'`);
    return this.#pool.run(this.#graph, feeds, options);
  }

  spareBuffer(byteLength: number): ArrayBuffer | undefined {
    return this.#pool.spare.take(byteLength);
  }

  dispose(): Promise<void> {
    this.#disposal ??= this.#pool.release();
    return this.#disposal;
  }
}

function writeInto(given: NamedTensors, results: NamedTensors): NamedTensors {
  for (const name in given) {
    const target = given[name]?.data as Float32Array;
    const source = results[name]?.data as Float32Array | undefined;
    if (source?.length !== target.length || source.constructor !== target.constructor) {
      throw new LatentkitError(
        'runtime',
        `The output '${name}' does not fit the tensor that it should be written into.`,
      );
    }
    target.set(source);
  }
  return given;
}
