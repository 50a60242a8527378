import {
  type AbortSignalLike,
  type DeviceAttempt,
  type GraphRunner,
  LatentkitError,
} from '@latentkit/core';
import {
  disposeAll,
  type GraphBytes,
  type OpenedGraphs,
  openAll,
  openOnFirst,
  readSelfTest,
  throwIfAborted,
  trust,
} from '@latentkit/core/runtime';
import { findAdapter, isSoftware } from '../gpu/adapter.ts';
import type { OrtBuilds } from './builds.ts';
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
    "Use a browser with WebGPU and a GPU, on a page of https or localhost, or let device: ['webgpu', 'wasm'] fall back.",
};

/**
 * Opens graphs in this thread, all on the first device of the policy that runs them.
 *
 * @param builds those of ONNX Runtime that this script holds
 */
export async function openGraphs(
  graphs: GraphBytes,
  placement: Placement,
  builds: OrtBuilds,
  signal?: AbortSignalLike,
): Promise<OpenedGraphs> {
  const { policy } = placement;
  const { candidates, passedOver } =
    policy.device === 'auto'
      ? await chooseDevices(graphs, builds, placement)
      : { candidates: [policy.device].flat(), passedOver: [] };
  const { runners, attempts } = await openOnFirst(
    candidates,
    policy.strict,
    (device) => {
      throwIfAborted(signal, 'Loading');
      return openTrusted(device, graphs, placement, builds, signal);
    },
    (device) => REMEDIES[device],
  );
  return { runners, attempts: [...passedOver, ...attempts] };
}

const HALF: GPUFeatureName = 'shader-f16';
const NO_HALF = `the GPU computes no half floats (it has no ${HALF}), as dtype 'fp16' needs`;

/** The rule of `'auto'`. */
async function chooseDevices(
  graphs: GraphBytes,
  builds: OrtBuilds,
  { half }: Placement,
): Promise<{ candidates: readonly WebDevice[]; passedOver: readonly DeviceAttempt[] }> {
  const bytes = sizeOf(graphs);
  const without = (reason: string) => ({
    candidates: ['wasm'] as const,
    passedOver: [{ device: 'webgpu', ok: false, reason: `passed over: ${reason}` }],
  });
  if (!builds.webgpu) return { candidates: ['wasm'], passedOver: [] };
  if (bytes < GPU_BYTES) {
    return without(
      `${megabytes(bytes)} of weights run faster without the round trips to a GPU (auto takes one from ${megabytes(GPU_BYTES)})`,
    );
  }
  const adapter = await findAdapter();
  if (typeof adapter === 'string') return without(adapter);
  if (isSoftware(adapter)) {
    return without('the adapter imitates a GPU on the processor');
  }
  if (half && !adapter.features.has(HALF)) return without(NO_HALF);
  return { candidates: ['webgpu', 'wasm'], passedOver: [] };
}

const megabytes = (bytes: number) => `${Math.max(0.1, bytes / 2 ** 20).toFixed(1)} MiB`;

/** Whether a device that must be tried out may be taken: a GPU, or any where all must. */
export function mayNeedTest(graphs: GraphBytes, { policy }: Placement, builds: OrtBuilds): boolean {
  return policy.device === 'auto'
    ? !!builds.webgpu && sizeOf(graphs) >= GPU_BYTES
    : policy.device.includes('webgpu');
}

const sizeOf = (graphs: GraphBytes) =>
  Object.values(graphs).reduce((sum, graph) => sum + graph.byteLength, 0);

/** Opens the graphs on a device, and has golden rows run there. */
async function openTrusted(
  device: WebDevice,
  graphs: GraphBytes,
  placement: Placement,
  builds: OrtBuilds,
  signal: AbortSignalLike | undefined,
): Promise<OpenedOn> {
  const { runners, reason } = await openOn(device, graphs, placement, builds, signal);
  const { selfTest } = placement;
  try {
    const told = await trust(device, runners, selfTest && readSelfTest(selfTest));
    return { runners, reason: `${reason}${told}` };
  } catch (error) {
    await disposeAll(runners);
    throw error;
  }
}

interface OpenedOn {
  readonly runners: Record<string, GraphRunner>;
  readonly reason: string;
}

async function openOn(
  device: WebDevice,
  graphs: GraphBytes,
  { wasmUrls, threads, cache, offline, policy, half }: Placement,
  builds: OrtBuilds,
  signal: AbortSignalLike | undefined,
): Promise<OpenedOn> {
  const build = builds[device];
  if (!build) throw new LatentkitError('device-unavailable', `this script holds no ${device}`);
  const start = { wasmUrl: wasmUrls[build.file.name], cache, offline, signal };
  const open = (options: OpenOptions) =>
    openAll(graphs, { open: (bytes) => openRunner(runtimeFor(build), bytes, options), signal });
  if (device === 'wasm') {
    const runners = await open({ settings: { ...start, threads } });
    return { runners, reason: threadsReason(runtimeFor(build).threads, threads) };
  }
  const { acquireGpu, joinOnGpu: join } = await runtimeFor(build).onGpu();
  const gpu = await acquireGpu();
  if (half && !gpu.device.features.has(HALF)) {
    throw new LatentkitError('device-unavailable', `${NO_HALF}: load dtype 'fp32' for it`);
  }
  const settings = { ...start, threads: 1 };
  try {
    const runners = await open({ settings, gpu, join, wholly: true });
    return { runners, reason: 'opened; every node runs on the GPU' };
  } catch (error) {
    const mayFallBack =
      !policy.strict && LatentkitError.isInstance(error) && error.code === 'device-unavailable';
    if (!mayFallBack) throw error;
    const runners = await open({ settings, gpu });
    return { runners, reason: 'opened; some nodes run on the processor' };
  }
}

function threadsReason(started: number, asked: number): string {
  const threads = `opened with ${started} thread${started === 1 ? '' : 's'}`;
  if (asked <= started) return threads;
  return globalThis.crossOriginIsolated
    ? `${threads}, those of the first model in this thread`
    : `${threads}: the page is not cross-origin isolated, so ${asked} threads are not available`;
}
