import {
  type AbortSignalLike,
  type DeviceAttempt,
  disposeAll,
  type GraphBytes,
  type GraphRunner,
  LatentkitError,
  type OpenedGraphs,
  openOnFirst,
  throwIfAborted,
} from '@latentkit/core';
import { acquireGpu, findAdapter, isSoftware } from './gpu.ts';
import { type OpenOptions, openRunner } from './ort-runner.ts';
import type { Placement, WebDevice } from './placement.ts';
import { runtimeFor } from './runtime.ts';

/**
 * From this size of weights on, `'auto'` prefers a GPU. A WebGPU run costs some milliseconds of
 * launches and read-back however small the graph, and its runtime is a 12 MB larger download, which
 * a model that the processor runs in as many milliseconds does not earn back.
 */
export const GPU_BYTES = 32 * 2 ** 20;

const REMEDIES: Readonly<Record<WebDevice, string>> = {
  wasm:
    "Serve ONNX Runtime's .wasm file beside the bundle or name its place in wasmPaths, and allow 'wasm-unsafe-eval' " +
    'in the script-src of a Content-Security-Policy.',
  webgpu:
    "Use a browser with WebGPU and a GPU, on a page served over https or from localhost, or let device: ['webgpu', 'wasm'] fall back.",
};

/** Opens graphs in this thread, all on the first device of the policy that runs them. */
export async function openGraphs(
  graphs: GraphBytes,
  placement: Placement,
  signal?: AbortSignalLike,
): Promise<OpenedGraphs> {
  const { policy } = placement;
  const { candidates, passedOver } =
    policy.device === 'auto'
      ? await chooseDevices(graphs)
      : { candidates: [policy.device].flat(), passedOver: [] };
  const { opened, attempts } = await openOnFirst(
    candidates,
    policy.strict,
    (device) => {
      throwIfAborted(signal, 'Loading');
      return openOn(device, graphs, placement);
    },
    (device) => REMEDIES[device],
  );
  const tried = attempts.map((attempt) =>
    attempt.ok ? { ...attempt, reason: opened.reason } : attempt,
  );
  return { runners: opened.runners, attempts: [...passedOver, ...tried] };
}

/** The rule of `'auto'`. */
async function chooseDevices(
  graphs: GraphBytes,
): Promise<{ candidates: readonly WebDevice[]; passedOver: readonly DeviceAttempt[] }> {
  const bytes = Object.values(graphs).reduce((sum, graph) => sum + graph.byteLength, 0);
  const without = (reason: string) => ({
    candidates: ['wasm'] as const,
    passedOver: [{ device: 'webgpu', ok: false, reason }],
  });
  if (bytes < GPU_BYTES) {
    return without(
      `passed over: ${megabytes(bytes)} of weights run faster without the round trips to a GPU (auto prefers WebGPU from ${megabytes(GPU_BYTES)})`,
    );
  }
  const adapter = await findAdapter();
  if (typeof adapter === 'string') return without(`passed over: ${adapter}`);
  if (isSoftware(adapter)) {
    return without('passed over: the adapter imitates a GPU on the processor');
  }
  return { candidates: ['webgpu', 'wasm'], passedOver: [] };
}

const megabytes = (bytes: number) => `${Math.max(0.1, bytes / 2 ** 20).toFixed(1)} MiB`;

interface OpenedOn {
  readonly runners: Record<string, GraphRunner>;
  readonly reason: string;
}

async function openOn(
  device: WebDevice,
  graphs: GraphBytes,
  placement: Placement,
): Promise<OpenedOn> {
  if (device === 'wasm') {
    const runners = await openAll(device, graphs, { settings: placement });
    return { runners, reason: threadsReason(placement.threads) };
  }
  const gpu = await acquireGpu();
  try {
    const runners = await openAll(device, graphs, { settings: placement, gpu, wholly: true });
    return { runners, reason: 'opened; every node runs on the GPU' };
  } catch (error) {
    const mayFallBack =
      !placement.policy.strict &&
      LatentkitError.isInstance(error) &&
      error.code === 'device-unavailable';
    if (!mayFallBack) throw error;
    const runners = await openAll(device, graphs, { settings: placement, gpu });
    return { runners, reason: 'opened; some nodes run on the processor' };
  }
}

async function openAll(
  device: WebDevice,
  graphs: GraphBytes,
  options: OpenOptions,
): Promise<Record<string, GraphRunner>> {
  const runners: Record<string, GraphRunner> = {};
  try {
    for (const [name, bytes] of Object.entries(graphs)) {
      runners[name] = await openRunner(runtimeFor(device), bytes, options);
    }
    return runners;
  } catch (error) {
    await disposeAll(runners);
    throw error;
  }
}

function threadsReason(asked: number): string {
  const { numThreads } = runtimeFor('wasm');
  const threads = `opened with ${numThreads} thread${numThreads === 1 ? '' : 's'}`;
  return asked > numThreads
    ? `${threads}: the page is not cross-origin isolated, so ${asked} threads are not to be had`
    : threads;
}
