import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { ExportError } from '../error.ts';
import { type EngineInputs, type ListenedEngine, listen } from './engine.ts';
import {
  type KernelInputs,
  type KernelRecord,
  type Leaf,
  refOf,
  type TensorRef,
} from './recording.ts';

const isVariable = (tensor: Tensor): tensor is Variable => 'assign' in tensor;

/** tfjs gives shapes that are none where a kernel does not take an axis from behind, as cumsum and cumprod do not. */
function checkShape(kernel: string, { shape }: Tensor): void {
  if (shape.every((size) => Number.isInteger(size))) return;
  const problem = `${kernel} of tfjs gives a tensor of shape [${shape.map(String).join(', ')}]`;
  throw new ExportError(
    'invalid-argument',
    `${problem}, which is none. Where it was given an axis from behind (−1), count it from the front: tfjs's cumsum and cumprod take no other.`,
    { problems: [problem] },
  );
}

/** Notes what tfjs's engine does from its making until `stop`. */
export class Recorder {
  readonly kernels: KernelRecord[] = [];
  readonly leaves = new Map<number, Leaf>();
  /** What is kept of the run, by id. */
  readonly tensors = new Map<number, Tensor>();
  readonly readsBack: string[] = [];
  /** The layers that are being applied, outermost first. */
  readonly scopes: string[] = [];
  readonly engine: ListenedEngine;
  readonly #keepAll: boolean;
  readonly #refs = new Map<number, TensorRef>();
  readonly #byData = new Map<object, TensorRef[]>();
  /** Tensors made while the function ran, with the layers around them. */
  readonly #created = new Map<number, string>();
  /** What every variable held before the run. */
  readonly #before = new Map<Variable, object>();
  #labelled = 0;

  /** @param keepAll keeps what every kernel produces, not the outputs alone */
  constructor(keepAll: boolean) {
    this.#keepAll = keepAll;
    this.engine = listen({
      kernel: (name, inputs, attrs, run) => this.kernel(name, inputs, attrs, run),
      made: (tensor) => this.#created.set(tensor.id, this.#scope),
      read: (dataId) => this.#noteRead(dataId),
    });
  }

  get #scope(): string {
    return this.scopes.join('/');
  }

  /** An input of the function: known from the start. */
  addInput(tensor: Tensor): void {
    this.#remember(refOf(tensor), tensor.dataId);
  }

  /** A variable as it is before the run, so that it shows when the function assigns it. */
  addVariable(variable: Variable): void {
    this.#before.set(variable, variable.dataId);
  }

  /** Records what `run` produces as one kernel's outputs, whatever it calls inside. */
  kernel<T>(kernel: string, inputs: EngineInputs, attrs: object, run: () => T): T {
    // Entered before the call: clones that are saved for the gradient run inside it and use its outputs.
    const entry: KernelRecord = {
      kernel,
      scope: this.#scope,
      inputs: this.#inputRefs(inputs),
      attrs: { ...attrs },
      outputs: [],
    };
    this.kernels.push(entry);
    const result = run();
    for (const tensor of [result].flat() as Tensor[]) {
      checkShape(kernel, tensor);
      const ref = refOf(tensor);
      entry.outputs.push(ref);
      this.leaves.get(ref.id)?.tensor.dispose();
      this.leaves.delete(ref.id);
      this.#remember(ref, tensor.dataId);
      if (this.#keepAll) this.keep(tensor);
    }
    return result;
  }

  /** The recorded value that a tensor stands for, or a new leaf. */
  resolve(tensor: Tensor): TensorRef {
    const known = this.#refs.get(tensor.id);
    const before = isVariable(tensor) ? this.#before.get(tensor) : undefined;
    const assigned = before !== undefined && before !== tensor.dataId;
    if (known !== undefined && !assigned) return known;
    // A variable made from, or assigned, a traced tensor shares its data.
    const alias = this.#byData
      .get(tensor.dataId)
      ?.findLast((ref) => ref.dtype === tensor.dtype && String(ref.shape) === String(tensor.shape));
    if (alias !== undefined && (assigned || before === undefined)) return alias;
    const ref = refOf(tensor);
    this.leaves.set(ref.id, {
      ref,
      dataId: tensor.dataId,
      tensor: this.engine.keepCopy(tensor),
      variable: isVariable(tensor) && !assigned ? tensor : null,
      created: this.#created.has(tensor.id),
      scope: this.#created.get(tensor.id) ?? this.#scope,
    });
    this.#remember(ref, tensor.dataId);
    return ref;
  }

  /** Keeps a tensor's values until `dispose`. */
  keep(tensor: Tensor, id = tensor.id): void {
    if (!this.tensors.has(id)) this.tensors.set(id, this.engine.keepCopy(tensor));
  }

  /** Names the place of all kernels since the last label. */
  label(scope: string): void {
    for (const kernel of this.kernels.slice(this.#labelled)) {
      if (kernel.scope === '') kernel.scope = scope;
    }
    this.#labelled = this.kernels.length;
  }

  dispose(): void {
    for (const leaf of this.leaves.values()) leaf.tensor.dispose();
    for (const tensor of this.tensors.values()) tensor.dispose();
  }

  #inputRefs(inputs: EngineInputs): KernelInputs {
    const named: KernelInputs = {};
    if (Array.isArray(inputs)) named[''] = inputs.map((tensor) => this.resolve(tensor));
    else {
      for (const [key, value] of Object.entries(inputs)) {
        if (value === undefined || value === null) continue;
        named[key] = Array.isArray(value)
          ? (value as Tensor[]).map((tensor) => this.resolve(tensor))
          : this.resolve(value);
      }
    }
    return named;
  }

  #remember(ref: TensorRef, dataId: object): void {
    this.#refs.set(ref.id, ref);
    const list = this.#byData.get(dataId);
    if (list === undefined) this.#byData.set(dataId, [ref]);
    else list.push(ref);
  }

  #noteRead(dataId: object): void {
    const ref = this.#byData.get(dataId)?.[0];
    if (ref !== undefined && !this.leaves.has(ref.id)) this.readsBack.push(this.#scope);
  }
}
