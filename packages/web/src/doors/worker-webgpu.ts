import { webgpuBuild } from '../ort/webgpu-build.ts';
import { runWorker } from '../worker/run-worker.ts';

runWorker({ wasm: webgpuBuild, webgpu: webgpuBuild });
