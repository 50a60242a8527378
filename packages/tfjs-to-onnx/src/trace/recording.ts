import type { DataType, Tensor, Variable } from '@tensorflow/tfjs-core';

/** What identifies a tensor within one trace, without keeping it alive. */
export interface TensorRef {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: DataType;
}

export const refOf = (tensor: Tensor): TensorRef => ({
  id: tensor.id,
  shape: [...tensor.shape],
  dtype: tensor.dtype,
});

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

/** One run of a function: every kernel that it called, and what it read and returned. */
export interface Recording {
  readonly inputs: readonly TensorRef[];
  readonly outputs: readonly (readonly [name: string, ref: TensorRef])[];
  readonly kernels: readonly KernelRecord[];
  readonly leaves: ReadonlyMap<number, Leaf>;
  readonly assignments: readonly Assignment[];
  /** Where the function read the values of a traced tensor back into JavaScript, by layers. */
  readonly readsBack: readonly string[];
  /** Kept until `dispose`, by id: the outputs, and with `keepAll` what every kernel produced. */
  readonly tensors: ReadonlyMap<number, Tensor>;
  dispose(): void;
}
