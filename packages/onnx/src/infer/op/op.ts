import type { DType } from '../../dtype.ts';
import type { Dim, Graph, Node, TensorData, ValueType } from '../../ir.ts';
import { printShape } from '../../print/print-model.ts';
import { type Shape, shapeMismatch } from './dims.ts';

/** A node as its inference sees it. Inputs are counted from 0; an omitted one is as one not known. */
export interface Op {
  readonly node: Node;
  /** The version of the node's operator set. */
  readonly opset: number;
  /** True for an input that is given. */
  has(input: number): boolean;
  type(input: number): ValueType | undefined;
  /** dtype of a tensor. */
  dtype(input: number): DType | undefined;
  /** Shape of a tensor, null where its rank is not known. */
  shape(input: number): Shape | null;
  /** A constant. */
  constant(input: number): TensorData | undefined;
  /**
   * Elements of an integer tensor of rank 0 or 1, as far as they are known: what shapes are made of. One beyond the
   * safe integers is rounded.
   */
  values(input: number): readonly Dim[] | undefined;
  /** The types of a body's outputs, given those of its inputs. */
  body(graph: Graph, inputs: readonly (ValueType | undefined)[]): (ValueType | undefined)[];
}

/** The types of a node's outputs as far as they are known, in order. Throws Mismatch. */
export type Inference = (op: Op) => (ValueType | undefined)[];

/** Inference by operator. */
export type Family = Readonly<Record<string, Inference>>;

/** Ranks beyond this are no tensor that anybody computes with, but can be made to fill the memory. */
export const MAX_RANK = 64;

/**
 * A tensor type; undefined while its dtype is not known.
 *
 * @throws Mismatch for a negative size or an absurd rank
 */
export function tensor(dtype: DType | undefined, shape: Shape | null): ValueType | undefined {
  if (shape && shape.length > MAX_RANK) {
    throw shapeMismatch(`The result has ${shape.length} dimensions, more than ${MAX_RANK}.`);
  }
  const sound = shape?.map((dim) => {
    if (typeof dim !== 'number') return dim;
    if (dim < 0) throw shapeMismatch(`The result ${printShape(shape)} has a negative size.`);
    return Number.isSafeInteger(dim) ? dim : null;
  });
  return dtype && { kind: 'tensor', dtype, shape: sound ?? null };
}

/** The integers of an input where all are known as numbers, exactly. */
export function knownInts(op: Op, input: number): number[] | undefined {
  const values = op.values(input);
  return values?.every(Number.isSafeInteger) ? (values as number[]) : undefined;
}

/** The number of elements of a vector input that gives a shape or axes, where it is known. */
export function lengthOf(op: Op, input: number): number | undefined {
  const values = op.values(input);
  if (values) return values.length;
  const shape = op.shape(input);
  const length = shape?.length === 1 ? shape[0] : undefined;
  return typeof length === 'number' && length <= MAX_RANK ? length : undefined;
}
