import type { DataType, Tensor, TypedArray, Variable } from '@tensorflow/tfjs-core';
import type { ExportError } from '../error.ts';
import type { Formula, Size, Symbols } from './size.ts';

/** A value of the traced computation; `index` is the same in all traces. */
export interface TracedTensor {
  readonly index: number;
  readonly shape: readonly Size[];
  readonly dtype: DataType;
}

export interface TracedKernel {
  readonly kernel: string;
  /** The layers around it, joined by '/'. */
  readonly scope: string;
  /** A list of tensors is held under the name `''`. */
  readonly inputs: Readonly<Record<string, TracedTensor | readonly TracedTensor[]>>;
  /** As tfjs gave them, but with a `SymbolicSize` for every number that follows a dynamic dimension. */
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly outputs: readonly TracedTensor[];
  /** Why its attributes are not the same on every call, where they are not. */
  readonly conflict: ExportError | null;
}

export type TracedLeaf =
  /** The same values in every trace: a weight or a constant. */
  | {
      kind: 'data';
      tensor: TracedTensor;
      data: Tensor;
      /** What identifies the data where it came from: a backend may copy what is kept. */
      dataId: object;
      variable: Variable | null;
      /** Made while the function ran, so no weight. */
      created: boolean;
      scope: string;
    }
  /** One number throughout, which may follow the dynamic dimensions, as may the shape. */
  | { kind: 'uniform'; tensor: TracedTensor; value: number | Formula }
  /** A constant row that fills the dynamic first dimension. */
  | { kind: 'rows'; tensor: TracedTensor; row: TypedArray }
  /** Random numbers that become an input of the graph. */
  | { kind: 'noise'; tensor: TracedTensor; name: string };

/** What several recordings of one function have in common: the computation for any size. */
export interface TracedGraph {
  readonly symbols: Symbols;
  readonly inputs: readonly { name: string; tensor: TracedTensor }[];
  readonly outputs: readonly { name: string; tensor: TracedTensor }[];
  readonly assignments: readonly { variable: Variable; value: TracedTensor }[];
  /** Only kernels that an output needs, in an order in which they can run. */
  readonly kernels: readonly TracedKernel[];
  readonly leaves: ReadonlyMap<number, TracedLeaf>;
  readonly warnings: readonly string[];
  /** Frees the tensors that hold the leaves' values. */
  dispose(): void;
}

/** How a kernel is named in messages. */
export function placeOf(kernel: { kernel: string; scope: string }): string {
  return kernel.scope === '' ? kernel.kernel : `${kernel.kernel} in layer '${kernel.scope}'`;
}
