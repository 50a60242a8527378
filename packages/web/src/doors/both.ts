import { lazyBuilds } from '../ort/lazy-builds.ts';
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
import { wasmUrls } from './wasm-urls.ts';
import { webgpuUrls } from './webgpu-urls.ts';

/** Both devices; ONNX Runtime's scripts are fetched when a model is first placed on theirs. */
type Devices = 'wasm' | 'webgpu';

const door: Door = {
  door: '@latentkit/web',
  builds: lazyBuilds,
  devices: ['wasm', 'webgpu'],
  wasmUrls: { ...wasmUrls, ...webgpuUrls },
  workerUrl:
    import.meta.url === undefined
      ? undefined
      : placedFile(new URL('./worker.mjs', import.meta.url)),
};

export const loadAutoencoder: AutoencoderLoader<Devices> = /* @__PURE__ */ autoencoderLoader(door);
export const loadEncoder: EncoderLoader<Devices> = /* @__PURE__ */ encoderLoader(door);
export const loadDecoder: DecoderLoader<Devices> = /* @__PURE__ */ decoderLoader(door);
export const createRunner: RunnerOpener<Devices> = /* @__PURE__ */ runnerOpener(door);
export const isCached: CachedQuestion<Devices> = /* @__PURE__ */ cachedQuestion(door);
export const prefetch: Prefetcher<Devices> = /* @__PURE__ */ prefetcher(door);
export const offlineManifest: ManifestMaker<Devices> = /* @__PURE__ */ manifestMaker(door);
