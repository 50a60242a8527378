import { parentPort } from 'node:worker_threads';
import { type GraphRunner, LatentkitError, type NamedTensors } from '@latentkit/core';
import { createRunner } from './ort-runner.ts';
import type { RunReply, WorkerReply, WorkerRequest } from './worker-protocol.ts';

/** The worker thread's side of {@link WorkerPool}: opens graphs and runs them, one request at a time. */

const port = parentPort;
if (!port) throw new Error('worker.ts runs in a worker thread of the pool only');

const runners = new Map<string, GraphRunner>();
/** Requests are answered in the order in which they came. */
let turn: Promise<void> = Promise.resolve();

port.on('message', (message: WorkerRequest & { readonly id: number }) => {
  turn = turn.then(() => answer(message));
});

async function answer({ id, ...request }: WorkerRequest & { readonly id: number }): Promise<void> {
  let reply: WorkerReply;
  const transfer: ArrayBuffer[] = [];
  try {
    reply = { id, value: await perform(request as WorkerRequest, transfer) };
  } catch (error) {
    const { message } = error as Error;
    reply = {
      id,
      error: { code: LatentkitError.isInstance(error) ? error.code : 'runtime', message },
    };
  }
  port?.postMessage(reply, transfer);
  if (request.kind === 'close') port?.close();
}

async function perform(request: WorkerRequest, transfer: ArrayBuffer[]) {
  switch (request.kind) {
    case 'open':
      return open(request.graphs, request.options);
    case 'run': {
      const reply = await run(request.graph, request.feeds, request.wanted);
      transfer.push(...buffersOf(reply.outputs), ...reply.returned);
      return reply;
    }
    case 'close':
      await Promise.all([...runners.values()].map((runner) => runner.dispose()));
      return undefined;
  }
}

async function open(
  graphs: Readonly<Record<string, Uint8Array>>,
  options: Parameters<typeof createRunner>[1],
) {
  for (const [name, bytes] of Object.entries(graphs)) {
    runners.set(name, await createRunner(bytes, options));
  }
  return Object.fromEntries(
    [...runners].map(([name, { device, inputs, outputs }]) => [name, { device, inputs, outputs }]),
  );
}

async function run(
  graph: string,
  feeds: NamedTensors,
  wanted: readonly string[] | undefined,
): Promise<RunReply> {
  const runner = runners.get(graph);
  if (!runner) throw new LatentkitError('runtime', `The worker has no graph '${graph}'.`);
  return { outputs: await runner.run(feeds, { wanted }), returned: buffersOf(feeds) };
}

function buffersOf(tensors: NamedTensors): ArrayBuffer[] {
  return [...new Set(Object.values(tensors).map(({ data }) => data.buffer as ArrayBuffer))];
}
