import type { OrtBuilds } from './builds.ts';
import { ORT_FILES } from './ort-files.ts';

/** Both builds of ONNX Runtime, and what GPUs need besides, each fetched when a model is first placed on its device. */
export const lazyBuilds: OrtBuilds = {
  wasm: {
    file: ORT_FILES.wasm,
    load: async () => (await import('./wasm-build.ts')).wasmBuild.load(),
  },
  webgpu: {
    file: ORT_FILES.webgpu,
    load: async () => (await import('./webgpu-build.ts')).webgpuBuild.load(),
    onGpu: async () => {
      const gpu = import('../gpu/gpu.ts');
      const { joinOnGpu } = await import('./joined-runner.ts');
      return { acquireGpu: (await gpu).acquireGpu, joinOnGpu };
    },
  },
};
