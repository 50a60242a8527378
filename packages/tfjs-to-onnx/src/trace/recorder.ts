import { type DataType, engine, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { followLayers, refuseRandomLayer } from './layers.ts';
import { isRecurrent, recurrentCall } from './recurrent.ts';
import { restore } from './restore.ts';

/** What identifies a tensor within one trace, without keeping it alive. */
export interface TensorRef {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: DataType;
}

export type KernelInputs = Record<string, TensorRef | TensorRef[] | undefined>;

/** One call of a tfjs kernel. */
export interface KernelRecord {
  readonly kernel: string;
  /** The layers within which the kernel ran, outermost first, joined by '/'; '' outside of any. */
  scope: string;
  /** A list of tensors (concat, add many) is held under the name `''`. */
  readonly inputs: KernelInputs;
  readonly attrs: Record<string, unknown>;
  outputs: TensorRef[];
}

/** A tensor that no recorded kernel produced: a weight, or a constant made on the way. */
export interface Leaf {
  readonly ref: TensorRef;
  /** Identifies the data: the same object in two traces means the same values. */
  readonly dataId: object;
  /** Kept alive until `Recording.dispose`, so that its values can be read. */
  readonly tensor: Tensor;
  readonly variable: Variable | null;
  /** Made while the function ran, as opposed to before. */
  readonly created: boolean;
  readonly scope: string;
}

/** A variable that the function assigned a new value to. */
export interface Assignment {
  readonly variable: Variable;
  readonly value: TensorRef;
}

export interface Recording {
  readonly inputs: readonly TensorRef[];
  readonly outputs: readonly (readonly [name: string, ref: TensorRef])[];
  readonly kernels: readonly KernelRecord[];
  readonly leaves: ReadonlyMap<number, Leaf>;
  readonly assignments: readonly Assignment[];
  /** Whether the function read the values of a traced tensor back into JavaScript. */
  readonly readsBack: readonly string[];
  /** Kept until `dispose`, by id: the outputs, and with `keepAll` what every kernel produced. */
  readonly tensors: ReadonlyMap<number, Tensor>;
  dispose(): void;
}

/** The engine's methods that a recording listens to; the public type leaves some of them out. */
interface Listenable {
  runKernel(
    name: string,
    inputs: Record<string, Tensor> | Tensor[],
    attrs?: Record<string, unknown>,
  ): Tensor | Tensor[];
  makeTensor(...args: unknown[]): Tensor;
  readSync(dataId: object): unknown;
  read(dataId: object): unknown;
  keep(tensor: Tensor): Tensor;
  state: {
    registeredVariables: Record<string, Variable>;
    kernelDepth: number;
    gradientDepth: number;
  };
}

const refOf = (tensor: Tensor): TensorRef => ({
  id: tensor.id,
  shape: [...tensor.shape],
  dtype: tensor.dtype,
});

/** The kernels of the recording that runs, and how many of them have been labelled. */
let current: { kernels: KernelRecord[]; labelled: number } | null = null;

/**
 * Names the place of all kernels since the last label, for a source that knows its places only
 * afterwards. Without a recording it does nothing.
 */
export function labelKernels(scope: string): void {
  if (current === null) return;
  for (const kernel of current.kernels.slice(current.labelled)) {
    if (kernel.scope === '') kernel.scope = scope;
  }
  current.labelled = current.kernels.length;
}

/**
 * Runs a function on tensors and records every kernel that it calls on tfjs's engine. All ops, fused
 * ones and gradients included, pass through `runKernel`; kernels that a backend calls inside of
 * another kernel are recorded as well, since values saved for the gradient are cloned there.
 *
 * Variables that the function assigns are given their old values back.
 */
export function record(
  fn: (inputs: Tensor[]) => readonly (readonly [name: string, tensor: Tensor])[],
  inputs: readonly Tensor[],
  keepAll = false,
): Recording {
  if (current !== null) throw new Error('A trace cannot run inside of another trace.');
  const target = engine() as unknown as Listenable;
  const original = {
    runKernel: target.runKernel,
    makeTensor: target.makeTensor,
    readSync: target.readSync,
    read: target.read,
  };
  const own = Object.keys(original).map(
    (key) => [key, Object.getOwnPropertyDescriptor(target, key)] as const,
  );
  const refs = new Map<number, TensorRef>();
  const byData = new Map<object, TensorRef[]>();
  const leaves = new Map<number, Leaf>();
  const created = new Map<number, string>();
  const kernels: KernelRecord[] = [];
  const tensors = new Map<number, Tensor>();
  const readsBack: string[] = [];
  const variableData = new Map<Variable, { dataId: object; copy: Tensor }>();
  const scopes: string[] = [];

  const remember = (ref: TensorRef, dataId: object) => {
    refs.set(ref.id, ref);
    const list = byData.get(dataId);
    if (list === undefined) byData.set(dataId, [ref]);
    else list.push(ref);
  };
  /** Shares the data, unseen by this recording and (by the depth) by a gradient tape. */
  const keepCopy = (tensor: Tensor): Tensor => {
    target.state.kernelDepth++;
    try {
      return target.keep(original.runKernel.call(target, 'Identity', { x: tensor }) as Tensor);
    } finally {
      target.state.kernelDepth--;
    }
  };
  const isVariable = (tensor: Tensor): tensor is Variable => 'assign' in tensor;

  /** The recorded value that a tensor stands for, or a new leaf. */
  const resolve = (tensor: Tensor): TensorRef => {
    const known = refs.get(tensor.id);
    const before = isVariable(tensor) ? variableData.get(tensor) : undefined;
    const assigned = before !== undefined && before.dataId !== tensor.dataId;
    if (known !== undefined && !assigned) return known;
    // A variable made from, or assigned, a traced tensor shares its data.
    const alias = byData
      .get(tensor.dataId)
      ?.findLast((ref) => ref.dtype === tensor.dtype && String(ref.shape) === String(tensor.shape));
    if (alias !== undefined && (assigned || before === undefined)) return alias;
    const ref = refOf(tensor);
    leaves.set(ref.id, {
      ref,
      dataId: tensor.dataId,
      tensor: keepCopy(tensor),
      variable: isVariable(tensor) && !assigned ? tensor : null,
      created: created.has(tensor.id),
      scope: created.get(tensor.id) ?? scopes.join('/'),
    });
    remember(ref, tensor.dataId);
    return ref;
  };

  type Inputs = Readonly<Record<string, Tensor>> | readonly Tensor[];
  /** Records what `run` produces as one kernel's outputs, whatever it calls inside. */
  const recordKernel = <T>(
    kernel: string,
    kernelInputs: Inputs,
    attrs: object,
    run: () => T,
  ): T => {
    const named: KernelInputs = {};
    if (Array.isArray(kernelInputs)) named[''] = kernelInputs.map(resolve);
    else {
      for (const [key, value] of Object.entries(kernelInputs)) {
        if (value === undefined || value === null) continue;
        named[key] = Array.isArray(value) ? (value as Tensor[]).map(resolve) : resolve(value);
      }
    }
    // Entered before the call: clones that are saved for the gradient run inside it and use its outputs.
    const entry: KernelRecord = {
      kernel,
      scope: scopes.join('/'),
      inputs: named,
      attrs: { ...attrs },
      outputs: [],
    };
    kernels.push(entry);
    const result = run();
    for (const tensor of [result].flat() as Tensor[]) {
      const ref = refOf(tensor);
      entry.outputs.push(ref);
      leaves.get(ref.id)?.tensor.dispose();
      leaves.delete(ref.id);
      remember(ref, tensor.dataId);
      if (keepAll && !tensors.has(ref.id)) tensors.set(ref.id, keepCopy(tensor));
    }
    return result;
  };
  target.runKernel = (name, kernelInputs, attrs) =>
    recordKernel(name, kernelInputs, attrs ?? {}, () =>
      original.runKernel.call(target, name, kernelInputs, attrs),
    );
  target.makeTensor = (...args) => {
    const tensor = original.makeTensor.apply(target, args);
    created.set(tensor.id, scopes.join('/'));
    return tensor;
  };
  const noteRead = (dataId: object) => {
    const ref = byData.get(dataId)?.[0];
    if (ref !== undefined && !leaves.has(ref.id)) readsBack.push(scopes.join('/'));
  };
  target.readSync = (dataId) => {
    noteRead(dataId);
    return original.readSync.call(target, dataId);
  };
  target.read = (dataId) => {
    noteRead(dataId);
    return original.read.call(target, dataId);
  };
  const restoreLayers = followLayers(scopes, (layer, args, run) => {
    refuseRandomLayer(layer);
    // Gradients go through the single steps.
    const isOne = isRecurrent(layer) && target.state.gradientDepth === 0;
    const one = isOne ? recurrentCall(layer, args[0], args[1]) : null;
    return one === null ? run() : recordKernel(one.kernel, one.inputs, one.attrs, run);
  });
  const dispose = () => {
    for (const leaf of leaves.values()) leaf.tensor.dispose();
    for (const tensor of tensors.values()) tensor.dispose();
  };

  current = { kernels, labelled: 0 };
  try {
    for (const variable of Object.values(target.state.registeredVariables)) {
      variableData.set(variable, { dataId: variable.dataId, copy: keepCopy(variable) });
    }
    for (const tensor of inputs) remember(refOf(tensor), tensor.dataId);
    const assignments: Assignment[] = [];
    let outputs: (readonly [string, TensorRef])[] = [];
    engine().startScope('trace');
    try {
      outputs = fn([...inputs]).map(([name, tensor]) => {
        const ref = resolve(tensor);
        if (!tensors.has(ref.id)) tensors.set(ref.id, keepCopy(tensor));
        return [name, ref] as const;
      });
      for (const [variable, before] of variableData) {
        if (variable.isDisposed || variable.dataId === before.dataId) continue;
        assignments.push({ variable, value: resolve(variable) });
      }
    } finally {
      engine().endScope();
    }
    return {
      inputs: inputs.map(refOf),
      outputs,
      kernels,
      leaves,
      assignments,
      readsBack,
      tensors,
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  } finally {
    current = null;
    restoreLayers();
    for (const [key, descriptor] of own) restore(target, key, descriptor);
    for (const [variable, before] of variableData) {
      if (!variable.isDisposed && variable.dataId !== before.dataId) variable.assign(before.copy);
      before.copy.dispose();
    }
  }
}
