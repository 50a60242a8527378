import {
  DisposedError,
  type GraphRunner,
  type GraphRunOptions,
  LatentkitError,
  type NamedTensors,
  type TensorInfo,
} from '@latentkit/core';
import { fillOutputs, tensorInfoOf } from '@latentkit/core/runtime';
import type { InferenceSession } from 'onnxruntime-web/wasm';
import type { Ort } from './builds.ts';
import { type Gpu, lossError } from './gpu.ts';
import { fromOrt, toOrt } from './ort-tensor.ts';
import type { WebDevice } from './placement.ts';
import type { Runtime, StartSettings } from './runtime.ts';

/** How long after a failure on the GPU the browser may take to say that the device is lost. */
const LOSS_REPORT_MS = 100;

export interface OpenOptions {
  readonly settings: StartSettings;
  /** The device of a WebGPU session. */
  readonly gpu?: Gpu | undefined;
  /** Fail if a node of the graph would run on the processor instead of the GPU. */
  readonly wholly?: boolean | undefined;
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'all' | undefined;
}

/**
 * Opens a graph in ONNX Runtime.
 *
 * @throws LatentkitError `device-unavailable` if the device cannot run the graph, `runtime` if ONNX
 *   Runtime refuses it; what {@link Runtime.create} throws
 */
export async function openRunner(
  runtime: Runtime,
  bytes: Uint8Array,
  { settings, gpu, wholly, optimization = 'all' }: OpenOptions,
): Promise<GraphRunner> {
  try {
    return await runtime.create(settings, async (ort) => {
      const session = await ort.InferenceSession.create(bytes, {
        executionProviders: [gpu ? { name: 'webgpu', device: gpu.device } : 'wasm'],
        graphOptimizationLevel: optimization,
        // The placement of nodes is in the device report, and what goes wrong in the error: no console.
        logSeverityLevel: 4,
        ...(wholly ? { extra: { session: { disable_cpu_ep_fallback: '1' } } } : {}),
      });
      return new OrtRunner(runtime, ort, session, gpu);
    });
  } catch (cause) {
    if (LatentkitError.isInstance(cause)) throw cause;
    const { message } = cause as Error;
    throw gpu
      ? new LatentkitError('device-unavailable', `webgpu cannot run the graph: ${message}`, {
          cause,
        })
      : new LatentkitError('runtime', `ONNX Runtime cannot open the graph: ${message}`, { cause });
  }
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
    this.device = (gpu ? 'webgpu' : 'wasm') satisfies WebDevice;
    this.inputs = session.inputMetadata.map(tensorInfoOf);
    this.outputs = session.outputMetadata.map(tensorInfoOf);
    this.#runtime = runtime;
    this.#ort = ort;
    this.#session = session;
    this.#gpu = gpu;
  }

  run(
    feeds: NamedTensors,
    { outputs: given, wanted }: GraphRunOptions = {},
  ): Promise<NamedTensors> {
    return this.#runtime.exclusive(async () => {
      const session = this.#session;
      if (!session) throw new DisposedError('The graph');
      if (this.#gpu?.loss !== undefined) throw lossError(this.#gpu);
      const inputs = mapValues(feeds, (tensor) => toOrt(this.#ort, tensor));
      const names = given ? Object.keys(given) : (wanted ?? session.outputNames);
      const outputs = mapValues(await this.#guarded(session.run(inputs, names)), fromOrt);
      // ONNX Runtime for the web takes given outputs, but does not write into them.
      return given ? fillOutputs(given, outputs) : outputs;
    });
  }

  /**
   * A run on a device that is lost meanwhile may never settle, or fail with words about buffers just
   * before the browser reports the loss.
   */
  async #guarded<T>(run: Promise<T>): Promise<T> {
    const gpu = this.#gpu;
    if (!gpu) {
      return run.catch((error) => {
        throw runError(error);
      });
    }
    const lost = gpu.lost.then(() => {
      throw lossError(gpu);
    });
    try {
      return await Promise.race([run, lost]);
    } catch (error) {
      await Promise.race([gpu.lost, new Promise((resolve) => setTimeout(resolve, LOSS_REPORT_MS))]);
      throw gpu.loss === undefined ? runError(error) : lossError(gpu);
    }
  }

  dispose(): Promise<void> {
    return this.#runtime.exclusive(async () => {
      const session = this.#session;
      this.#session = undefined;
      // With its device, a session's memory on the GPU is gone; releasing it would wait for the GPU for ever.
      if (this.#gpu?.loss === undefined) await session?.release();
    });
  }
}

function runError(cause: unknown): LatentkitError {
  return new LatentkitError('runtime', `The graph failed: ${(cause as Error).message}`, { cause });
}

function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  map: (value: A) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
