import { ArgumentError, type GraphRunner } from '@latentkit/core';
import { acquireGpu } from './gpu.ts';
import { openRunner } from './ort-runner.ts';
import { type PlacementOptions, placementOf, type WebDevice } from './placement.ts';
import { runtimeFor } from './runtime.ts';

/** Options of one session. */
export interface RunnerOptions extends Pick<PlacementOptions, 'wasmPaths'> {
  /** `'wasm'` by default. */
  readonly device?: WebDevice | undefined;
  /** Whether the GPU must run every node (true by default), or may leave some to the processor. */
  readonly wholly?: boolean | undefined;
  /** Graph optimisation of ONNX Runtime; `'all'` by default. */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'all' | undefined;
}

/**
 * Opens one ONNX graph, whatever it computes, in this thread.
 *
 * @param bytes the model; not needed any more once the promise is fulfilled
 * @throws ArgumentError; LatentkitError `device-unavailable` if the device cannot run the graph, `runtime`
 *   if ONNX Runtime refuses it
 */
export async function createRunner(
  bytes: Uint8Array,
  { device = 'wasm', wholly = true, optimization, wasmPaths }: RunnerOptions = {},
): Promise<GraphRunner> {
  if (device !== 'wasm' && device !== 'webgpu') {
    throw new ArgumentError('device', "'wasm' or 'webgpu'", device);
  }
  const settings = placementOf({ wasmPaths }, globalThis.location?.href);
  const gpu = device === 'webgpu' ? await acquireGpu() : undefined;
  return openRunner(runtimeFor(device), bytes, {
    settings,
    gpu,
    wholly: wholly && device === 'webgpu',
    optimization,
  });
}
