import type { GraphLink, GraphRunner, TensorInfo } from '@latentkit/core';
import type { Gpu, Session } from '../gpu/session.ts';
import type { OrtFile } from './ort-files.ts';
import type { WebDevice } from './placement.ts';

/** The part of ONNX Runtime that both of its builds share. */
export type Ort = typeof import('onnxruntime-web/wasm');

/** A graph that a GPU runs wholly. */
export interface GpuGraph {
  readonly session: Session;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/** What sessions on a GPU need beside ONNX Runtime: it comes with the build for one, as most pages have none. */
export interface OnGpu {
  /** See `gpu.ts`. */
  acquireGpu(): Promise<Gpu>;
  /** See `joined-runner.ts`. */
  joinOnGpu(
    ort: Ort,
    first: GpuGraph,
    second: GpuGraph,
    link: GraphLink,
    exclusive: <T>(work: () => Promise<T>) => Promise<T>,
  ): GraphRunner | undefined;
}

/** One build of ONNX Runtime: its JavaScript, and the WebAssembly that belongs to it. */
export interface OrtBuild {
  readonly file: OrtFile;
  load(): Promise<Ort>;
  /** Of a build for GPUs alone. */
  onGpu?(): Promise<OnGpu>;
}

/** The builds that a script holds, by the device that they serve; what is absent cannot be asked for. */
export type OrtBuilds = Readonly<Partial<Record<WebDevice, OrtBuild>>>;
