import type { OrtBuilds } from './builds.ts';
import { ORT_FILES } from './ort-files.ts';

/** Both builds of ONNX Runtime, each fetched when a model is first placed on its device. */
export const lazyBuilds: OrtBuilds = {
  wasm: {
    file: ORT_FILES.wasm,
    load: async () => (await import('./wasm-build.ts')).wasmBuild.load(),
  },
  webgpu: {
    file: ORT_FILES.webgpu,
    load: async () => (await import('./webgpu-build.ts')).webgpuBuild.load(),
  },
};
