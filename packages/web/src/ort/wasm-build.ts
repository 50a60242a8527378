import * as ort from 'onnxruntime-web/wasm';
import type { OrtBuild } from './builds.ts';
import { ORT_FILES } from './ort-files.ts';

/** ONNX Runtime on the processor, imported with the script: service workers import nothing later. */
export const wasmBuild: OrtBuild = { file: ORT_FILES.wasm, load: async () => ort };
