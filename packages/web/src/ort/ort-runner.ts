import {
  type GraphLink,
  type GraphRunner,
  type GraphRunOptions,
  LatentkitError,
  type NamedTensors,
  type TensorInfo,
} from '@latentkit/core';
import { fillOutputs, notOpened, tensorInfoOf, tensorOf } from '@latentkit/core/runtime';
import type { InferenceSession } from 'onnxruntime-web/wasm';
import { type Gpu, type Opened, ProcessorSession, type Session } from '../gpu/session.ts';
import type { GpuGraph, OnGpu, Ort } from './builds.ts';
import { toOrt } from './ort-tensor.ts';
import type { WebDevice } from './placement.ts';
import type { Runtime, StartSettings } from './runtime.ts';

export interface OpenOptions {
  readonly settings: StartSettings;
  /** The device of a WebGPU session. */
  readonly gpu?: Gpu | undefined;
  /** Joins graphs that a GPU runs wholly. */
  readonly join?: OnGpu['joinOnGpu'] | undefined;
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
  { settings, gpu, join, wholly, optimization = 'all' }: OpenOptions,
): Promise<GraphRunner> {
  const create = (ort: Ort, model: Uint8Array, device: Gpu | undefined) =>
    ort.InferenceSession.create(model, {
      executionProviders: [device ? { name: 'webgpu', device: device.device } : 'wasm'],
      graphOptimizationLevel: optimization,
      // The placement of nodes is in the device report, and what goes wrong in the error: no console.
      logSeverityLevel: 4,
      ...(wholly ? { extra: { session: { disable_cpu_ep_fallback: '1' } } } : {}),
    });
  try {
    return await runtime.create(settings, async (ort) => {
      const session = await create(ort, bytes, gpu);
      const kept = gpu
        ? gpu.keep(session, bytes, (copy, other) => create(ort, copy, other))
        : new ProcessorSession(session);
      return new OrtRunner(runtime, ort, kept, session, {
        device: gpu ? 'webgpu' : 'wasm',
        join: wholly ? join : undefined,
      });
    });
  } catch (cause) {
    if (LatentkitError.isInstance(cause)) throw cause;
    throw notOpened(gpu ? 'webgpu' : 'wasm', cause);
  }
}

class OrtRunner implements GraphRunner, GpuGraph {
  readonly device: string;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly session: Session;
  readonly #runtime: Runtime;
  readonly #ort: Ort;
  /** Of a graph that a GPU runs wholly. */
  readonly #join: OnGpu['joinOnGpu'] | undefined;

  constructor(
    runtime: Runtime,
    ort: Ort,
    session: Session,
    { inputMetadata, outputMetadata }: InferenceSession,
    { device, join }: { readonly device: WebDevice } & Pick<OpenOptions, 'join'>,
  ) {
    this.device = device;
    this.inputs = inputMetadata.map(tensorInfoOf);
    this.outputs = outputMetadata.map(tensorInfoOf);
    this.#runtime = runtime;
    this.#ort = ort;
    this.session = session;
    this.#join = join;
  }

  run(
    feeds: NamedTensors,
    { outputs: given, wanted }: GraphRunOptions = {},
  ): Promise<NamedTensors> {
    const run = async ({ session }: Opened) => {
      const inputs = mapValues(feeds, (tensor) => toOrt(this.#ort, tensor));
      const names = given ? Object.keys(given) : (wanted ?? session.outputNames);
      const outputs = mapValues(await session.run(inputs, names), tensorOf);
      // ONNX Runtime for the web takes given outputs, but does not write into them.
      return given ? fillOutputs(given, outputs) : outputs;
    };
    return this.#runtime.exclusive(() => this.session.use(run));
  }

  into(next: GraphRunner, link: GraphLink): GraphRunner | undefined {
    const joinable = next instanceof OrtRunner && next.#runtime === this.#runtime && next.#join;
    if (!joinable) return undefined;
    return this.#join?.(this.#ort, this, next, link, (work) => this.#runtime.exclusive(work));
  }

  dispose(): Promise<void> {
    return this.#runtime.exclusive(() => this.session.release());
  }
}

function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  map: (value: A) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
