import type { GraphRunner } from '@latentkit/core';
import { buffersOf } from '../ort/named-tensors.ts';
import { openGraphs } from '../ort/open-graphs.ts';
import {
  type Opened,
  toPlainError,
  type WorkerCall,
  type WorkerReply,
  type WorkerRequest,
} from './worker-protocol.ts';

/** The worker of one model: opens its graphs, runs them, and hands the outputs over without a copy. */

/** The part of DedicatedWorkerGlobalScope in use; the `webworker` types exclude those of the DOM. */
const scope = globalThis as unknown as {
  readonly name: string;
  onmessage: ((event: MessageEvent<WorkerRequest>) => void) | null;
  postMessage(message: WorkerReply, transfer: Transferable[]): void;
};

const runners = new Map<string, GraphRunner>();

/**
 * ONNX Runtime's threads are workers of the script that holds ONNX Runtime, which a bundler may have
 * made this very one. A worker with such a name is a thread: it belongs to ONNX Runtime.
 */
if (scope.name.startsWith('em-pthread')) {
  // Not awaited: a classic worker allows no await here, and the code is in this script already.
  void import('onnxruntime-web/wasm');
} else {
  scope.onmessage = ({ data }) => reply(data);
}

async function reply({ id, ...call }: WorkerRequest): Promise<void> {
  try {
    const { value, transfer } = await answer(call as WorkerCall);
    scope.postMessage({ id, ok: true, value }, transfer);
  } catch (error) {
    scope.postMessage({ id, ok: false, error: toPlainError(error) }, []);
  }
}

async function answer(call: WorkerCall): Promise<{ value: unknown; transfer: Transferable[] }> {
  switch (call.kind) {
    case 'open': {
      const opened = await openGraphs(call.graphs, call.placement);
      for (const [name, runner] of Object.entries(opened.runners)) runners.set(name, runner);
      const value: Opened = {
        graphs: Object.fromEntries(
          [...runners].map(([name, { device, inputs, outputs }]) => [
            name,
            { device, inputs, outputs },
          ]),
        ),
        attempts: opened.attempts,
      };
      return { value, transfer: [] };
    }
    case 'run': {
      const value = await runnerOf(call.graph).run(call.feeds, { wanted: call.outputs });
      return { value, transfer: buffersOf(value) };
    }
    case 'dispose':
      await runnerOf(call.graph).dispose();
      runners.delete(call.graph);
      return { value: undefined, transfer: [] };
  }
}

function runnerOf(graph: string): GraphRunner {
  const runner = runners.get(graph);
  if (!runner) throw new Error(`the worker holds no graph ${graph}`);
  return runner;
}
