import { ArgumentError, type GraphRunner } from '@latentkit/core';
import { checkNames, isBytes, orNoModel } from '@latentkit/core/runtime';
import type { CacheOptions } from '../sources/caching.ts';
import { addressOfPage } from '../sources/page-address.ts';
import type { OrtBuilds } from './builds.ts';
import { openRunner } from './ort-runner.ts';
import { type Offered, type PlacementOptions, placementOf, type WebDevice } from './placement.ts';
import { runtimeFor } from './runtime.ts';

/** Options of one session. */
export interface RunnerOptions<D extends WebDevice = WebDevice>
  extends Pick<PlacementOptions, 'wasmPaths'>,
    CacheOptions {
  /** `'wasm'` by default. */
  readonly device?: D | undefined;
  /** Whether the GPU must run every node (true by default), or may leave some to the processor. */
  readonly wholly?: boolean | undefined;
  /** Graph optimisation of ONNX Runtime; `'all'` by default. */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'all' | undefined;
}

/** Their names. */
const OPTIONS: Readonly<Record<keyof RunnerOptions, true>> = {
  device: true,
  wholly: true,
  optimization: true,
  wasmPaths: true,
  cache: true,
  offline: true,
};

/** Opens one ONNX graph with the builds that a door holds; see `RunnerOpener`. */
export async function createRunner(
  builds: OrtBuilds,
  offered: Offered,
  bytes: Uint8Array,
  options: RunnerOptions,
): Promise<GraphRunner> {
  if (!isBytes(bytes)) {
    const wanted = 'a Uint8Array of an .onnx file (new Uint8Array(await response.arrayBuffer()))';
    throw new ArgumentError('bytes', wanted, bytes);
  }
  checkNames(options, OPTIONS);
  const { device = 'wasm', wholly = true, optimization } = options;
  const { wasmUrls, cache, offline } = placementOf(
    { ...options, device },
    offered,
    addressOfPage(),
  );
  const build = builds[device];
  if (!build) throw new ArgumentError('device', Object.keys(builds).join(' or '), device);
  const runtime = runtimeFor(build);
  const onGpu = device === 'webgpu' ? await runtime.onGpu() : undefined;
  const opening = openRunner(runtime, bytes, {
    settings: { wasmUrl: wasmUrls[build.file.name], threads: 1, cache, offline },
    gpu: await onGpu?.acquireGpu(),
    join: onGpu?.joinOnGpu,
    wholly: wholly && device === 'webgpu',
    optimization,
  });
  return opening.catch((cause: unknown) => {
    throw orNoModel(bytes, cause);
  });
}
