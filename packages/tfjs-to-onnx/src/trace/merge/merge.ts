import type { DataType } from '@tensorflow/tfjs-core';
import { ExportError } from '../../error.ts';
import { placeOf, type TracedGraph, type TracedKernel, type TracedTensor } from '../graph.ts';
import type { KernelRecord, Recording, TensorRef } from '../recording.ts';
import { isStatic, type Size, type Symbols } from '../size.ts';
import { type Canonical, canonical, inputRefs } from './canonical.ts';
import { mergeLeaves } from './leaves.ts';

/** What the merged leaves need to know beyond the traces themselves. */
export interface MergeOptions {
  /** A repeat of the first trace, sizes and input values the same: what differs there is random. */
  readonly repeat: Recording | null;
  /** Names for the random leaves, in the order in which they are drawn. */
  readonly noise: readonly string[];
}

/**
 * Lays recordings of one function over each other. They must hold the same kernels in the same
 * order; numbers in which they differ become sizes that follow the dynamic dimensions.
 */
export async function merge(
  recordings: readonly Recording[],
  names: readonly string[],
  symbols: Symbols,
  options: MergeOptions,
): Promise<TracedGraph> {
  const traces = recordings.map(canonical);
  const first = traces[0] as Canonical;
  assertSameKernels(traces);
  const tensors = first.refs.map((ref, index): TracedTensor => {
    const shapes = traces.map((trace) => (trace.refs[index] as TensorRef).shape);
    if (shapes.some((shape) => shape.length !== ref.shape.length)) {
      throw unstable(
        `a tensor has the shape ${shapes.map((shape) => `[${shape}]`).join(' in one call and ')} in another`,
      );
    }
    return {
      index,
      shape: ref.shape.map((_, axis) => symbols.size(shapes.map((shape) => shape[axis] as number))),
      dtype: ref.dtype as DataType,
    };
  });
  const tensorOf = (ref: TensorRef) => tensors[first.numbers.get(ref.id) as number] as TracedTensor;
  const kernels = first.kernels.map((kernel, i): TracedKernel => {
    const inputs: Record<string, TracedTensor | TracedTensor[]> = {};
    for (const [key, input] of Object.entries(kernel.inputs)) {
      if (input === undefined) continue;
      inputs[key] = Array.isArray(input) ? input.map(tensorOf) : tensorOf(input);
    }
    const attrs = traces.map((trace) => (trace.kernels[i] as KernelRecord).attrs);
    const merged = mergeAttributes(attrs, symbols, placeOf(kernel));
    return {
      kernel: kernel.kernel,
      scope: kernel.scope,
      inputs,
      ...merged,
      outputs: kernel.outputs.map(tensorOf),
    };
  });
  const repeat = options.repeat === null ? null : canonical(options.repeat);
  if (repeat !== null) assertSameKernels([first, repeat]);
  return {
    symbols,
    inputs: first.recording.inputs.map((ref, i) => ({
      name: names[i] as string,
      tensor: tensorOf(ref),
    })),
    outputs: first.recording.outputs.map(([name, ref]) => ({ name, tensor: tensorOf(ref) })),
    assignments: first.recording.assignments.map(({ variable, value }) => ({
      variable,
      value: tensorOf(value),
    })),
    kernels,
    leaves: await mergeLeaves(traces, repeat, tensors, symbols, options.noise),
    warnings: [...new Set(first.recording.readsBack)].map(
      (scope) =>
        `The function reads values of a traced tensor back into JavaScript${scope === '' ? '' : ` in layer '${scope}'`}; what it decides from them is frozen in the graph.`,
    ),
    dispose: () => {
      for (const recording of recordings) recording.dispose();
    },
  };
}

const unstable = (what: string) =>
  new ExportError(
    'unstable-trace',
    `The function does not do the same on every call: ${what}. A graph can hold no JavaScript conditions on sizes or values; use tf.where, or export each case by itself.`,
  );

/** More kernels at one size than at another: most likely a loop over it. */
function looped(first: Canonical, other: Canonical): ExportError {
  const at = first.kernels.findIndex((kernel, i) => kernel.kernel !== other.kernels[i]?.kernel);
  const place = first.kernels[Math.max(0, at)];
  return new ExportError(
    'unstable-trace',
    `The function does not do the same on every call: it runs ${first.kernels.length} kernels in one call and ${other.kernels.length} in another${place === undefined ? '' : `, first at ${placeOf(place)}`}. That is a loop in JavaScript over a dynamic size (tf.unstack, timeDistributed, a recurrent layer step by step), or a condition on one. Fix the size: batch: 1, or a number instead of the name in the shape of inputs; or compute all of it at once (layers.dense and tf.matMul take whole sequences).`,
  );
}

function assertSameKernels(traces: readonly Canonical[]): void {
  const first = traces[0] as Canonical;
  for (const other of traces.slice(1)) {
    if (first.kernels.length !== other.kernels.length) throw looped(first, other);
    const longest = first.kernels.length;
    for (let i = 0; i < longest; i++) {
      const a = first.kernels[i];
      const b = other.kernels[i];
      if (a === undefined || b === undefined || a.kernel !== b.kernel) {
        const text = (kernel: KernelRecord | undefined) =>
          kernel === undefined ? 'nothing more' : placeOf(kernel);
        throw unstable(
          `its kernel number ${i + 1} is ${text(a)} in one call and ${text(b)} in another`,
        );
      }
      const numbers = (trace: Canonical, kernel: KernelRecord) =>
        inputRefs(kernel).map((ref) => trace.numbers.get(ref.id));
      if (String(numbers(first, a)) !== String(numbers(other, b))) {
        throw unstable(`${placeOf(a)} (kernel number ${i + 1}) has other inputs in another call`);
      }
    }
    const outputs = (trace: Canonical) =>
      trace.recording.outputs.map(([name, ref]) => `${name}=${trace.numbers.get(ref.id)}`);
    if (String(outputs(first)) !== String(outputs(other))) {
      throw unstable('it returns other outputs in another call');
    }
  }
}

/** The common form of a kernel's attributes, or the conflict between them. */
function mergeAttributes(
  attrs: readonly Record<string, unknown>[],
  symbols: Symbols,
  place: string,
): Pick<TracedKernel, 'attrs' | 'conflict'> {
  try {
    const merged = mergeAttribute(attrs, symbols, place) as Record<string, unknown>;
    return { attrs: merged, conflict: null };
  } catch (error) {
    // Kept for later: a kernel that cannot be exported anyway is reported as that.
    if (!ExportError.isInstance(error)) throw error;
    return { attrs: {}, conflict: error };
  }
}

/** The common form of one attribute over all traces. */
function mergeAttribute(values: readonly unknown[], symbols: Symbols, place: string): unknown {
  const first = values[0];
  if (typeof first === 'number') {
    const numbers = values as readonly number[];
    if (numbers.every((value) => Object.is(value, first))) return first;
    if (numbers.every(Number.isInteger)) return symbols.size(numbers);
  } else if (ArrayBuffer.isView(first) || Array.isArray(first)) {
    const lists = (values as ArrayLike<unknown>[]).map((list) => Array.from(list));
    if (lists.every((list) => list.length === lists[0]?.length)) {
      return (lists[0] as unknown[]).map((_, i) =>
        mergeAttribute(
          lists.map((list) => list[i]),
          symbols,
          place,
        ),
      );
    }
  } else if (typeof first === 'object' && first !== null) {
    const merged: Record<string, unknown> = {};
    for (const key of Object.keys(first)) {
      merged[key] = mergeAttribute(
        (values as Record<string, unknown>[]).map((value) => value[key]),
        symbols,
        place,
      );
    }
    return merged;
  } else if (values.every((value) => value === first)) return first;
  throw unstable(
    `an attribute of ${place} is ${String(first)} in one call and another value in another`,
  );
}

/** Whether a merged graph leans on a formula that two traces cannot vouch for. */
export function needsConfirmation(graph: TracedGraph): boolean {
  const doubtful = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.some(doubtful);
    if (typeof value !== 'object' || value === null) return false;
    if ('values' in value) {
      const formula = (value as Exclude<Size, number>).formula;
      return formula === null || formula.offset !== 0;
    }
    return Object.values(value).some(doubtful);
  };
  return (
    graph.kernels.some(
      (kernel) => doubtful(kernel.attrs) || kernel.outputs.some(({ shape }) => doubtful(shape)),
    ) ||
    [...graph.leaves.values()].some(
      (leaf) => leaf.kind === 'uniform' && typeof leaf.value !== 'number',
    )
  );
}

/**
 * The first convolution or pooling whose output had one size in all traces while its input's varied: what
 * is rounded up ends at one row, and only larger sizes show how it grows.
 */
export function collapsedKernel(graph: TracedGraph): TracedKernel | null {
  const varying = (tensor: TracedTensor | undefined) =>
    (tensor?.shape ?? []).filter((size) => !isStatic(size)).length;
  return (
    graph.kernels.find(({ inputs, attrs, outputs }) => {
      const isWindow = 'strides' in attrs && 'pad' in attrs && 'x' in inputs && !('dy' in inputs);
      return isWindow && varying(inputs['x'] as TracedTensor) > varying(outputs[0]);
    }) ?? null
  );
}
