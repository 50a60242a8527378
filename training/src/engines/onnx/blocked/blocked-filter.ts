import { attr, attrInts, type Node, type PassContext } from '@latentkit/onnx';
import { isOp } from '@latentkit/onnx/passes';
import { intsConstant, sizes } from '../passes/match.ts';

/** Axes of a filter: outputs, inputs, height, width. */
const AXES = [0, 1, 2, 3] as const;

/**
 * A filter [O, I, h, w] in the order that the kernels read it in: [O/b, I/b, h, w, b of the inputs, b of the outputs].
 * Where it is a transposed value, as it is for weights of tfjs, both are one transposition.
 *
 * @returns the name of the value
 */
export function blockedFilter(conv: Node, context: PassContext, block: number): string {
  const { view } = context;
  const filter = conv.inputs[1] as string;
  const producer = view.producer(filter);
  const turned = isOp(producer, 'Transpose') ? producer : undefined;
  const source = turned ? (turned.inputs[0] as string) : filter;
  // Where each axis of the filter is in the source.
  const places = turned ? (attrInts(turned, 'perm') ?? AXES.toReversed()) : AXES;
  const shape = sizes(context, filter) as readonly number[];
  const split = AXES.map((axis) => AXES[places.indexOf(axis)] as number).flatMap((axis) => {
    const size = shape[axis] as number;
    return axis < 2 ? [size / block, block] : [size];
  });
  // The first of the places that an axis of the filter has in the source once two axes are split.
  const first = (axis: number) => {
    const place = places[axis] as number;
    return place + AXES.slice(0, 2).filter((other) => (places[other] as number) < place).length;
  };
  const [outputs, inputs, height, width] = AXES.map(first) as [number, number, number, number];
  const order = [outputs, inputs, height, width, inputs + 1, outputs + 1];
  const [parts, blocked, result] = ['parts', 'blocks', 'blocked'].map((name) =>
    view.freshName(`${filter}_${name}`),
  ) as [string, string, string];
  view.insertBefore(
    conv,
    'Reshape',
    [source, intsConstant(view, `${parts}_shape`, split)],
    [parts],
  );
  view.insertBefore(conv, 'Transpose', [parts], [blocked], [['perm', attr.ints(order)]]);
  view.insertBefore(
    conv,
    'Reshape',
    [blocked, intsConstant(view, `${result}_shape`, shape)],
    [result],
  );
  return result;
}
