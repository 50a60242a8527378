import type { Model } from '@latentkit/onnx';
import { causeText, ExportError } from '../error.ts';
import type { TracedGraph } from '../trace/graph.ts';
import type { NormalInput } from '../trace/inputs.ts';
import { canonical } from '../trace/merge/canonical.ts';
import type { Recording } from '../trace/recording.ts';
import type { Runnable } from '../trace/trace.ts';
import type { VerifyCase } from './cases.ts';
import type { Runtime, RuntimeSession, RuntimeTensor } from './runtime.ts';

/** All that one verification is about. */
export interface VerifySubject extends Runnable {
  readonly traceSizes: Readonly<Record<string, readonly [number, number]>> | undefined;
  readonly batch: number | undefined;
  readonly graph: TracedGraph;
  readonly bytes: Uint8Array;
  /** The graph before it was simplified, to look for the node at fault. */
  readonly plain: () => Promise<{ model: Model; names: ReadonlyMap<number, string> }>;
}

/** A session on an exported graph. */
export async function open(
  runtime: Runtime,
  bytes: Uint8Array,
  level: 'disabled' | 'all',
): Promise<RuntimeSession> {
  try {
    return await runtime.InferenceSession.create(bytes, {
      graphOptimizationLevel: level,
      logSeverityLevel: 3,
      // Small batches: starting and joining threads would take longer than the runs.
      intraOpNumThreads: 1,
    });
  } catch (cause) {
    throw new ExportError(
      'verification-failed',
      `ONNX Runtime does not load the exported graph (optimisation ${level}): ${causeText(cause)}. This is a mistake of the exporter; please report it with the model.`,
      { cause },
    );
  }
}

/**
 * What ONNX Runtime makes of the inputs.
 *
 * @throws ExportError `verification-failed` where it cannot run the graph
 */
export async function runSession(
  session: RuntimeSession,
  feeds: Record<string, RuntimeTensor>,
  label: string,
): Promise<Record<string, RuntimeTensor>> {
  try {
    return await session.run(feeds);
  } catch (cause) {
    const message = causeText(cause);
    throw new ExportError(
      'verification-failed',
      `ONNX Runtime does not run the exported graph with ${label}: ${message}. tfjs does. Pass verify: false to have the graph as it is, and report it with the model.`,
      { cause, problems: [`${label}: ${message}`] },
    );
  }
}

/** Inputs by name: the case's values, and the noise that tfjs drew in this run. */
export async function feedsOf(
  runtime: Runtime,
  { inputs, graph }: Pick<VerifySubject, 'inputs' | 'graph'>,
  recording: Recording,
  example: VerifyCase,
): Promise<Record<string, RuntimeTensor>> {
  const feeds: Record<string, RuntimeTensor> = {};
  for (const [i, input] of inputs.entries()) {
    const values = example.values[i] as Float32Array;
    const dims = recording.inputs[i]?.shape ?? [];
    feeds[input.name] = new runtime.Tensor(input.dtype, arrayOf(input.dtype, values), dims);
  }
  const { refs } = canonical(recording);
  for (const [index, leaf] of graph.leaves) {
    const ref = refs[index];
    if (leaf.kind !== 'noise' || ref === undefined) continue;
    const drawn = recording.leaves.get(ref.id);
    if (drawn === undefined) continue;
    const data = (await drawn.tensor.data()) as Float32Array;
    feeds[leaf.name] = new runtime.Tensor('float32', data, ref.shape);
  }
  return feeds;
}

function arrayOf(dtype: NormalInput['dtype'], values: Float32Array) {
  if (dtype === 'float32') return values;
  return dtype === 'bool' ? Uint8Array.from(values) : Int32Array.from(values);
}

export const numbers = (tensor: RuntimeTensor): ArrayLike<number> =>
  tensor.data as ArrayLike<number>;
