import type { OrtFile } from './ort-files.ts';
import type { WebDevice } from './placement.ts';

/** The part of ONNX Runtime that both of its builds share. */
export type Ort = typeof import('onnxruntime-web/wasm');

/** One build of ONNX Runtime: its JavaScript, and the WebAssembly that belongs to it. */
export interface OrtBuild {
  readonly file: OrtFile;
  load(): Promise<Ort>;
}

/** The builds that a script holds, by the device that they serve; what is absent cannot be asked for. */
export type OrtBuilds = Readonly<Partial<Record<WebDevice, OrtBuild>>>;
