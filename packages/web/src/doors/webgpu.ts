import { webgpuBuild } from '../ort/webgpu-build.ts';
import { placedFile } from '../sources/page-address.ts';
import type { Door } from './door.ts';
import {
  type CachedQuestion,
  cachedQuestion,
  type ManifestMaker,
  manifestMaker,
  type Prefetcher,
  prefetcher,
} from './keeper.ts';
import {
  type AutoencoderLoader,
  autoencoderLoader,
  type DecoderLoader,
  decoderLoader,
  type EncoderLoader,
  encoderLoader,
} from './loader.ts';
import { type RunnerOpener, runnerOpener } from './runner-opener.ts';
import { webgpuUrls } from './webgpu-urls.ts';

/**
 * The GPU, with ONNX Runtime in the script from the start. Its build for the GPU runs on the processor too, so
 * that models fall back to it without another file.
 */
type Devices = 'wasm' | 'webgpu';

const door: Door = {
  door: '@latentkit/web/webgpu',
  builds: { wasm: webgpuBuild, webgpu: webgpuBuild },
  devices: ['wasm', 'webgpu'],
  wasmUrls: webgpuUrls,
  workerUrl:
    import.meta.url === undefined
      ? undefined
      : placedFile(new URL('./worker-webgpu.mjs', import.meta.url)),
};

export const loadAutoencoder: AutoencoderLoader<Devices> = /* @__PURE__ */ autoencoderLoader(door);
export const loadEncoder: EncoderLoader<Devices> = /* @__PURE__ */ encoderLoader(door);
export const loadDecoder: DecoderLoader<Devices> = /* @__PURE__ */ decoderLoader(door);
export const createRunner: RunnerOpener<Devices> = /* @__PURE__ */ runnerOpener(door);
export const isCached: CachedQuestion<Devices> = /* @__PURE__ */ cachedQuestion(door);
export const prefetch: Prefetcher<Devices> = /* @__PURE__ */ prefetcher(door);
export const offlineManifest: ManifestMaker<Devices> = /* @__PURE__ */ manifestMaker(door);
