import { devNull } from 'node:os';
import {
  ArgumentError,
  DisposedError,
  type GraphRunner,
  type GraphRunOptions,
  LatentkitError,
  type NamedTensors,
  type Tensor,
  type TensorInfo,
} from '@latentkit/core';
import {
  checkNames,
  fillOutputs,
  isBytes,
  isShared,
  notOpened,
  orNoModel,
  tensorInfoOf,
  tensorOf,
  throwIfAborted,
} from '@latentkit/core/runtime';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { type Device, missingSupport, providerOf } from './devices.ts';
import { loadOrt, type Ort } from './load-ort.ts';
import { inNative } from './native-gate.ts';
import { runInPlace, withSequenceFirst } from './outputs-in-place.ts';

/** Options of one session. */
export interface RunnerOptions {
  /** The execution provider; `'cpu'` by default. */
  readonly device?: Device | undefined;
  /** Whether the device must run every node (true by default), or may leave some to the CPU. */
  readonly wholly?: boolean | undefined;
  /** Threads within one operator; by default as many as ONNX Runtime chooses. */
  readonly threads?: number | undefined;
  /** Graph optimisation of ONNX Runtime; `'all'` by default. */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'all' | undefined;
  /**
   * Whether idle compute threads spin, ready for the next piece of work: true (the default), or false, where they sleep
   * at once. With `'in-runs'` they spin while a graph runs and sleep between runs: for runs of milliseconds with other
   * work between them, which goes faster with no thread beside it.
   */
  readonly spinning?: boolean | 'in-runs' | undefined;
  /**
   * Whether ONNX Runtime plans one block of memory for all values of a run after the first of each size (the default).
   * What the first run took it keeps besides: without, large graphs take two thirds of the memory.
   */
  readonly memoryPattern?: boolean | undefined;
}

/** Their names. */
const OPTIONS: Readonly<Record<keyof RunnerOptions, true>> = {
  device: true,
  wholly: true,
  threads: true,
  optimization: true,
  spinning: true,
  memoryPattern: true,
};

/**
 * Opens one ONNX graph in onnxruntime-node.
 *
 * @param bytes the model; not needed any more once the promise is fulfilled
 * @throws ArgumentError; LatentkitError `invalid-data` for bytes that are no model, `device-unavailable` if the device
 *   cannot run all of the graph, `runtime` if ONNX Runtime refuses the model, `missing-dependency` if ONNX Runtime cannot
 *   be loaded
 */
export async function createRunner(
  bytes: Uint8Array,
  options: RunnerOptions = {},
): Promise<GraphRunner> {
  if (!isBytes(bytes)) {
    throw new ArgumentError('bytes', 'a Uint8Array of an .onnx file (await readFile(path))', bytes);
  }
  checkNames(options, OPTIONS);
  return openRunner(bytes, options).catch((cause: unknown) => {
    throw orNoModel(bytes, cause);
  });
}

/** The same for graphs of a model, whose bytes the card vouches for: each fault is one of the device. */
export async function openRunner(bytes: Uint8Array, options: RunnerOptions): Promise<GraphRunner> {
  const { device = 'cpu', wholly = true, threads, optimization = 'all' } = options;
  const { spinning = true, memoryPattern = true } = options;
  const ort = await loadOrt();
  const missing = device === 'cpu' ? undefined : await missingSupport(device);
  if (missing) throw new LatentkitError('device-unavailable', `${missing}.`);
  const session: Record<string, unknown> = { ...OWN_BYTES_ONLY };
  // Without this, nodes that a device cannot run go to the CPU unseen.
  if (device !== 'cpu' && wholly) session['disable_cpu_ep_fallback'] = '1';
  if (!spinning) session['intra_op'] = { allow_spinning: '0' };
  if (spinning === 'in-runs') session['force_spinning_stop'] = '1';
  try {
    const settings: InferenceSession.SessionOptions = {
      executionProviders: [providerOf(device)],
      graphOptimizationLevel: optimization,
      enableMemPattern: memoryPattern,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      extra: { session },
    };
    const open = (model: Uint8Array) =>
      inNative(() => ort.InferenceSession.create(model, settings));
    if (device !== 'cpu') return new OrtRunner(ort, device, await open(bytes));
    // Operator sets before 11 have no sequences.
    const inPlace = await open(withSequenceFirst(bytes)).catch(() => undefined);
    return new OrtRunner(ort, device, inPlace ?? (await open(bytes)), inPlace !== undefined);
  } catch (cause) {
    throw notOpened(device, cause);
  }
}

/** Whether it takes longer to copy an output than to keep it from being copied. */
function isLarge({ data }: Tensor): boolean {
  return data.byteLength >= 2 ** 16;
}

/**
 * A model is read as ONNX, never as ONNX Runtime's own format, and weights that it keeps in other files
 * are looked for where no file can be.
 */
const OWN_BYTES_ONLY = {
  load_model_format: 'ONNX',
  model_external_initializers_file_folder_path: devNull,
};

class OrtRunner implements GraphRunner {
  readonly device: string;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly #ort: Ort;
  readonly #inPlace: boolean;
  #session: InferenceSession | undefined;

  constructor(ort: Ort, device: string, session: InferenceSession, inPlace = false) {
    const { inputMetadata, outputMetadata } = session;
    this.#ort = ort;
    this.device = device;
    this.#session = session;
    this.#inPlace = inPlace;
    this.inputs = inputMetadata.map(tensorInfoOf);
    this.outputs = outputMetadata.slice(inPlace ? 1 : 0).map(tensorInfoOf);
  }

  async run(
    feeds: NamedTensors,
    { signal, outputs, wanted }: GraphRunOptions = {},
  ): Promise<NamedTensors> {
    const session = this.#session;
    if (!session) throw new DisposedError('The graph');
    throwIfAborted(signal, 'The run');
    const { Tensor } = this.#ort;
    try {
      const given = toOrt(Tensor, feeds);
      if (outputs && !Object.values(outputs).some(isSharedTensor)) {
        const targets = toOrt(Tensor, outputs);
        const inPlace = this.#inPlace && Object.values(outputs).some(isLarge);
        await inNative<unknown>(() =>
          inPlace ? runInPlace(session, given, targets) : session.run(given, targets),
        );
        return outputs;
      }
      const names =
        wanted ?? (outputs ? Object.keys(outputs) : this.outputs.map(({ name }) => name));
      const found = fromOrt(await inNative(() => session.run(given, names)));
      return outputs ? fillOutputs(outputs, found) : found;
    } catch (cause) {
      throw new LatentkitError('runtime', `The graph failed: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  async dispose(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session) await inNative(() => session.release());
  }
}

function toOrt(Tensor: Ort['Tensor'], tensors: NamedTensors): Record<string, OrtTensor> {
  const converted: Record<string, OrtTensor> = {};
  for (const name in tensors) {
    const tensor = tensors[name] as Tensor;
    const { dtype, data, dims } = tensor;
    converted[name] = new Tensor(
      dtype,
      (isSharedTensor(tensor) ? data.slice() : data) as never,
      dims,
    );
  }
  return converted;
}

/** ONNX Runtime takes no memory that threads share. */
function isSharedTensor({ data }: Tensor): boolean {
  return isShared(data.buffer);
}

function fromOrt(results: InferenceSession.OnnxValueMapType): NamedTensors {
  const converted: Record<string, Tensor> = {};
  for (const name in results) converted[name] = tensorOf(results[name] as OrtTensor);
  return converted;
}
