import { attr, attrInts, type Node, type PassContext } from '@latentkit/onnx';
import { isOp } from '@latentkit/onnx/passes';
import { intsConstant, sizes } from '../passes/match.ts';

/** A filter, and the value that it is a transposition of: of each axis of the filter, its place there. */
export interface FilterSource {
  readonly value: string;
  readonly places: readonly number[];
}

/** Weights of tfjs are transposed for ONNX: what arranges them anew may begin at the weights. */
export function filterSource(filter: string, { view }: Pick<PassContext, 'view'>): FilterSource {
  const producer = view.producer(filter);
  const places = isOp(producer, 'Transpose') ? attrInts(producer, 'perm') : undefined;
  return producer && places
    ? { value: producer.inputs[0] as string, places }
    : { value: filter, places: [0, 1, 2, 3] };
}

/** One part of an axis: of axis 0, split in [O/b, b], [0, 1] is the b. */
export type AxisPart = readonly [axis: number, part: number];

export interface Arrangement {
  /** What each axis of the filter is split in. */
  readonly parts: readonly (readonly number[])[];
  /** The parts in their new order. */
  readonly order: readonly AxisPart[];
  /** The sizes that the result is said to have. */
  readonly shape: readonly number[];
}

/**
 * Splits the axes of a filter and puts the parts in another order, in one transposition.
 *
 * @returns the name of the value
 */
export function arrangeFilter(
  place: Node,
  { value, places }: FilterSource,
  { parts, order, shape }: Arrangement,
  { view }: Pick<PassContext, 'view'>,
): string {
  const axes = parts.map((_, i) => places.indexOf(i));
  const sizesOf = (axis: number) => parts[axis] as readonly number[];
  const inSource = axes.flatMap((axis) => sizesOf(axis).map((_, part) => `${axis} ${part}`));
  const insert = (opType: string, inputs: string[], perm?: readonly number[]) => {
    const result = view.freshName(`${value}_blocked`);
    view.insertBefore(place, opType, inputs, [result], perm ? [['perm', attr.ints(perm)]] : []);
    return result;
  };
  const shaped = (input: string, dims: readonly number[]) =>
    insert('Reshape', [input, intsConstant(view, `${value}_shape`, dims)]);
  const split = shaped(value, axes.flatMap(sizesOf));
  const perm = order.map(([axis, part]) => inSource.indexOf(`${axis} ${part}`));
  return shaped(insert('Transpose', [split], perm), shape);
}

/**
 * A filter [O, I, h, w] in the order that the kernels read it in: [O/b, I/b, h, w, b of the inputs, b of the outputs].
 *
 * @returns the name of the value
 */
export function blockedFilter(conv: Node, context: PassContext, block: number): string {
  const filter = conv.inputs[1] as string;
  const shape = sizes(context, filter) as [number, number, number, number];
  const [outputs, inputs, height, width] = shape;
  const arrangement = {
    parts: [[outputs / block, block], [inputs / block, block], [height], [width]],
    order: [...FILTERS, [2, 0], [3, 0], ...WITHIN] as const,
    shape,
  };
  return arrangeFilter(conv, filterSource(filter, context), arrangement, context);
}

const FILTERS = [
  [0, 0],
  [1, 0],
] as const;
const WITHIN = [
  [1, 1],
  [0, 1],
] as const;
