import type { DType, GraphRunner, NamedTensors, TensorInfo } from '@latentkit/core';
import type { InferenceSession } from 'onnxruntime-web/wasm';
import { type Gpu, lossError } from './gpu.ts';
import type { Placement } from './options.ts';
import { fromOrt, toOrt } from './ort-tensor.ts';
import type { Ort, Runtime } from './runtime.ts';

export interface OpenOptions {
  readonly settings: Pick<Placement, 'wasmUrls' | 'numThreads'>;
  /** The device of a WebGPU session. */
  readonly gpu?: Gpu | undefined;
  /** Fail if a node of the graph would run on the processor instead of the GPU. */
  readonly wholly?: boolean | undefined;
}

/** Opens a graph in ONNX Runtime. */
export async function openRunner(
  runtime: Runtime,
  bytes: Uint8Array,
  { settings, gpu, wholly }: OpenOptions,
): Promise<GraphRunner> {
  return runtime.create(settings, async (ort) => {
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: [gpu ? { name: 'webgpu', device: gpu.device } : 'wasm'],
      // Warnings about the placement of nodes are what `wholly` and the device report are for.
      logSeverityLevel: 3,
      ...(wholly ? { extra: { session: { disable_cpu_ep_fallback: '1' } } } : {}),
    });
    return new OrtRunner(runtime, ort, session, gpu);
  });
}

class OrtRunner implements GraphRunner {
  readonly device: string;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly #runtime: Runtime;
  readonly #ort: Ort;
  readonly #gpu: Gpu | undefined;
  #session: InferenceSession | undefined;

  constructor(runtime: Runtime, ort: Ort, session: InferenceSession, gpu: Gpu | undefined) {
    this.device = runtime.device;
    this.inputs = session.inputMetadata.map(infoOf);
    this.outputs = session.outputMetadata.map(infoOf);
    this.#runtime = runtime;
    this.#ort = ort;
    this.#session = session;
    this.#gpu = gpu;
  }

  run(feeds: NamedTensors): Promise<NamedTensors> {
    return this.#runtime.exclusive(async () => {
      const session = this.#session;
      if (!session) throw new Error('the session is released');
      const inputs = Object.fromEntries(
        Object.entries(feeds).map(([name, tensor]) => [name, toOrt(this.#ort, tensor)]),
      );
      const outputs = await this.#guarded(session.run(inputs));
      return Object.fromEntries(
        Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(tensor)]),
      );
    });
  }

  /** A run on a lost device may never settle by itself, or fail with words about buffers. */
  async #guarded<T>(run: Promise<T>): Promise<T> {
    const gpu = this.#gpu;
    if (!gpu) return run;
    const lost = gpu.lost.then(() => {
      throw lossError(gpu);
    });
    try {
      return await Promise.race([run, lost]);
    } catch (error) {
      throw gpu.loss === undefined ? error : lossError(gpu);
    }
  }

  dispose(): Promise<void> {
    return this.#runtime.exclusive(async () => {
      const session = this.#session;
      this.#session = undefined;
      try {
        await session?.release();
      } catch (error) {
        // With its device, a session's memory on the GPU is gone already.
        if (this.#gpu?.loss === undefined) throw error;
      }
    });
  }
}

function infoOf(metadata: InferenceSession.ValueMetadata): TensorInfo {
  if (!metadata.isTensor) throw new Error(`the graph's value ${metadata.name} is not a tensor`);
  return { name: metadata.name, dtype: metadata.type as DType, shape: metadata.shape };
}
