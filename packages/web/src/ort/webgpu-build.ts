import * as ort from 'onnxruntime-web/webgpu';
import { acquireGpu } from '../gpu/gpu.ts';
import type { OrtBuild } from './builds.ts';
import { joinOnGpu } from './joined-runner.ts';
import { ORT_FILES } from './ort-files.ts';

/** ONNX Runtime on the GPU, which can run on the processor as well, imported with the script. */
export const webgpuBuild: OrtBuild = {
  file: ORT_FILES.webgpu,
  load: async () => ort,
  onGpu: async () => ({ acquireGpu, joinOnGpu }),
};
