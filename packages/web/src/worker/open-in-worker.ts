import {
  type AbortSignalLike,
  type GraphBytes,
  type GraphRunner,
  type NamedTensors,
  type OpenedGraphs,
  type Tensor,
  throwIfAborted,
} from '@latentkit/core';
import { buffersOf, fillOutputs, mapValues } from '../ort/named-tensors.ts';
import type { Placement } from '../ort/placement.ts';
import { WorkerClient } from './worker-client.ts';
import type { Opened, RemoteGraph } from './worker-protocol.ts';

/** One run in the worker, and one that waits in its mailbox, so that it is never idle between two. */
const CONCURRENCY = 2;

export interface InWorkerOptions {
  readonly spawn: () => Worker;
  /** The caller gives the graphs' bytes away: they are moved to the worker, not copied. */
  readonly owned: boolean;
}

/** Opens graphs in a worker of their own, which ends when the last of them is disposed of. */
export async function openInWorker(
  graphs: GraphBytes,
  placement: Placement,
  { spawn, owned }: InWorkerOptions,
  signal?: AbortSignalLike,
): Promise<OpenedGraphs> {
  throwIfAborted(signal, 'Loading');
  const client = new WorkerClient(spawn());
  const buffers = Object.values(graphs).map(({ buffer }) => buffer as ArrayBuffer);
  try {
    const opened = (await client.callOrEnd(
      { kind: 'open', graphs, placement },
      owned ? [...new Set(buffers)] : [],
      signal,
    )) as Opened;
    const open = new Set(Object.keys(opened.graphs));
    const runners = Object.fromEntries(
      Object.entries(opened.graphs).map(([name, graph]) => [
        name,
        remoteRunner(client, name, graph, () => {
          open.delete(name);
          if (open.size === 0) client.end();
        }),
      ]),
    );
    return { runners, attempts: opened.attempts, concurrency: CONCURRENCY };
  } catch (error) {
    client.end();
    throw error;
  }
}

function remoteRunner(
  client: WorkerClient,
  name: string,
  { device, inputs, outputs }: RemoteGraph,
  onDisposed: () => void,
): GraphRunner {
  let disposal: Promise<void> | undefined;
  const dispose = async () => {
    try {
      await client.call({ kind: 'dispose', graph: name });
    } catch {
      // A worker that died has freed its memory.
    } finally {
      onDisposed();
    }
  };
  return {
    device,
    inputs,
    outputs,
    async run(feeds, { outputs, wanted, transfer } = {}) {
      // Without `transfer` the arrays stay the caller's: one compact copy of each is moved.
      const moved = transfer
        ? feeds
        : mapValues(feeds, (tensor) => ({ ...tensor, data: tensor.data.slice() }) as Tensor);
      const results = (await client.call(
        {
          kind: 'run',
          graph: name,
          feeds: moved,
          outputs: outputs ? Object.keys(outputs) : wanted,
        },
        buffersOf(moved),
      )) as NamedTensors;
      return outputs ? fillOutputs(outputs, results) : results;
    },
    dispose() {
      disposal ??= dispose();
      return disposal;
    },
  };
}
