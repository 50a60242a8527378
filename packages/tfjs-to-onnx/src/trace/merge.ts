import type { DataType, TypedArray } from '@tensorflow/tfjs-core';
import { ExportError } from '../error.ts';
import {
  placeOf,
  type TracedGraph,
  type TracedKernel,
  type TracedLeaf,
  type TracedTensor,
} from './graph.ts';
import type { KernelRecord, Leaf, Recording, TensorRef } from './recorder.ts';
import { type Formula, isStatic, type Size, type Symbols } from './size.ts';

/** One recording, reduced to what the outputs need, with its tensors numbered in order of appearance. */
export interface Canonical {
  readonly recording: Recording;
  readonly kernels: readonly KernelRecord[];
  readonly numbers: ReadonlyMap<number, number>;
  readonly refs: readonly TensorRef[];
}

export function canonical(recording: Recording): Canonical {
  // A kernel that a backend ran inside of another yields to the outer one, which comes first.
  const producers = new Map<number, number>();
  for (const [i, kernel] of recording.kernels.entries()) {
    for (const output of kernel.outputs) {
      if (!producers.has(output.id)) producers.set(output.id, i);
    }
  }
  const live = new Set<number>();
  const stack = [
    ...recording.outputs.map(([, ref]) => ref.id),
    ...recording.assignments.map(({ value }) => value.id),
  ];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const producer = producers.get(id);
    if (producer === undefined || live.has(producer)) continue;
    live.add(producer);
    for (const ref of inputRefs(recording.kernels[producer] as KernelRecord)) stack.push(ref.id);
  }
  const kernels = [...live].sort((a, b) => a - b).map((i) => recording.kernels[i] as KernelRecord);
  const numbers = new Map<number, number>();
  const refs: TensorRef[] = [];
  const number = (ref: TensorRef) => {
    if (numbers.has(ref.id)) return;
    numbers.set(ref.id, refs.length);
    refs.push(ref);
  };
  for (const ref of recording.inputs) number(ref);
  for (const kernel of kernels) {
    for (const ref of inputRefs(kernel)) number(ref);
    for (const ref of kernel.outputs) number(ref);
  }
  for (const [, ref] of recording.outputs) number(ref);
  for (const { value } of recording.assignments) number(value);
  return { recording, kernels, numbers, refs };
}

function inputRefs(kernel: KernelRecord): TensorRef[] {
  return Object.values(kernel.inputs).flatMap((input) =>
    input === undefined ? [] : Array.isArray(input) ? input : [input],
  );
}

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
    return {
      kernel: kernel.kernel,
      scope: kernel.scope,
      inputs,
      attrs: mergeAttribute(attrs, symbols, placeOf(kernel)) as Record<string, unknown>,
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

function assertSameKernels(traces: readonly Canonical[]): void {
  const first = traces[0] as Canonical;
  for (const other of traces.slice(1)) {
    const longest = Math.max(first.kernels.length, other.kernels.length);
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

async function mergeLeaves(
  traces: readonly Canonical[],
  repeat: Canonical | null,
  tensors: readonly TracedTensor[],
  symbols: Symbols,
  noise: readonly string[],
): Promise<Map<number, TracedLeaf>> {
  const first = traces[0] as Canonical;
  const leaves = new Map<number, TracedLeaf>();
  const problems: string[] = [];
  const free = [...noise];
  const random: string[] = [];
  for (const [index, ref] of first.refs.entries()) {
    const leaf = first.recording.leaves.get(ref.id);
    if (leaf === undefined) continue;
    const tensor = tensors[index] as TracedTensor;
    const leafIn = (trace: Canonical) =>
      trace.recording.leaves.get((trace.refs[index] as TensorRef).id);
    const found = traces.map(leafIn);
    const all = found.filter((other) => other !== undefined);
    if (all.length < found.length) {
      problems.push(`${describeLeaf(leaf)} is computed in one call and constant in another`);
      continue;
    }
    const sameData = all.every((other) => other.dataId === leaf.dataId);
    const data = {
      kind: 'data',
      tensor,
      data: leaf.tensor,
      variable: leaf.variable,
      created: leaf.created,
      scope: leaf.scope,
    } as const;
    if (sameData) {
      leaves.set(index, data);
      continue;
    }
    const isRandom = repeat !== null && !(await equalValues(leaf, leafIn(repeat)));
    if (isRandom && noise.length > 0) {
      random.push(describeLeaf(leaf));
      const name = free.shift();
      if (name !== undefined) leaves.set(index, { kind: 'noise', tensor, name });
      continue;
    }
    const equal = await Promise.all(all.slice(1).map((other) => equalValues(leaf, other)));
    if (equal.every(Boolean)) {
      leaves.set(index, data);
      continue;
    }
    const value = isRandom ? null : await uniformValue(all, symbols);
    if (value !== null) {
      leaves.set(index, { kind: 'uniform', tensor, value });
      continue;
    }
    const row = isRandom ? null : await repeatedRow(all, tensor);
    if (row !== null) {
      leaves.set(index, { kind: 'rows', tensor, row });
      continue;
    }
    problems.push(
      isRandom
        ? `${describeLeaf(leaf)} holds other values on every call: random numbers`
        : `${describeLeaf(leaf)} holds values that depend on the sizes or the values of the inputs`,
    );
  }
  if (noise.length > 0 && random.length !== noise.length) {
    throw new ExportError(
      'invalid-argument',
      `${noise.length} noise inputs were named (${noise.join(', ')}), but the function draws ${random.length} random tensors${random.length === 0 ? '' : `: ${random.join('; ')}`}.`,
    );
  }
  if (problems.length > 0) throw new UnstableLeaves(problems, repeat !== null);
  return leaves;
}

/** Leaves that no graph can hold; `repeated` tells whether the random ones among them are known. */
export class UnstableLeaves extends ExportError {
  readonly repeated: boolean;
  constructor(problems: readonly string[], repeated: boolean) {
    super(
      'unstable-constant',
      `${problems.length === 1 ? 'A constant of the function is' : `${problems.length} constants of the function are`} not the same on every call:\n${problems.map((problem) => `  - ${problem}`).join('\n')}\nPass random numbers in as an input, or name them with the option noise: ['eps', …]; compute what depends on the batch with tf ops instead of in JavaScript.`,
      { problems },
    );
    this.repeated = repeated;
  }
}

const describeLeaf = (leaf: Leaf) =>
  `a ${leaf.ref.dtype} tensor of shape [${leaf.ref.shape}]${leaf.scope === '' ? '' : ` in layer '${leaf.scope}'`}`;

async function equalValues(a: Leaf, b: Leaf | undefined): Promise<boolean> {
  if (b === undefined || String(a.ref.shape) !== String(b.ref.shape)) return false;
  if (a.dataId === b.dataId) return true;
  const [x, y] = (await Promise.all([a.tensor.data(), b.tensor.data()])) as TypedArray[];
  const left = x as TypedArray;
  const right = y as TypedArray;
  for (let i = 0; i < left.length; i++) if (!Object.is(left[i], right[i])) return false;
  return true;
}

/** The one number that fills each trace's leaf, explained by the sizes; null where there is none. */
async function uniformValue(
  all: readonly Leaf[],
  symbols: Symbols,
): Promise<number | Formula | null> {
  const values: number[] = [];
  for (const leaf of all) {
    const data = (await leaf.tensor.data()) as TypedArray;
    const value = data[0] ?? 0;
    if (typeof value !== 'number' || !data.every((other) => Object.is(other, value))) return null;
    values.push(value);
  }
  return symbols.scalar(values);
}

/** The row that every trace's leaf repeats along its first dimension, the only one that varies. */
async function repeatedRow(all: readonly Leaf[], tensor: TracedTensor): Promise<TypedArray | null> {
  const [first, ...rest] = tensor.shape;
  if (first === undefined || isStatic(first) || !rest.every(isStatic)) return null;
  const width = rest.reduce((product, size) => product * size, 1);
  let row: TypedArray | null = null;
  for (const leaf of all) {
    const data = (await leaf.tensor.data()) as TypedArray;
    row ??= data.slice(0, width);
    const own = row;
    if (!data.every((value, i) => Object.is(value, own[i % width]))) return null;
  }
  return row;
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
