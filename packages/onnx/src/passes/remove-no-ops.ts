import type { Node } from '../ir.ts';
import { isOp } from '../rewrite/is-op.ts';
import { normalizeAxis } from '../rewrite/node-axes.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';
import { permutationOf } from '../rewrite/permutation.ts';
import { sameShape, sameShapeBySize } from '../rewrite/shape-algebra.ts';
import { decodeInts } from '../rewrite/tensor-values.ts';

export const removeNoOps: Pass = {
  name: 'remove-no-ops',
  summary:
    'Reshape, Flatten, Squeeze, Unsqueeze, Expand, Tile, Transpose, Cast, Pad and Slice that change nothing go.',
  apply(context) {
    let rewrites = 0;
    for (const node of context.view.nodes()) {
      if (changesNothing(node, context) && context.view.bypass(node, node.inputs[0] as string)) {
        rewrites++;
      }
    }
    return rewrites;
  },
};

function changesNothing(node: Node, context: PassContext): boolean {
  const { view, types } = context;
  const [input, output] = [types.get(node.inputs[0]), types.get(node.outputs[0])];
  const constants = (index: number) => {
    const tensor = view.constant(node.inputs[index]);
    return tensor && decodeInts(tensor);
  };
  if (isOp(node, 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze')) {
    return sameShapeBySize(input.shape, output.shape);
  }
  if (isOp(node, 'Expand')) return sameShape(input.shape, output.shape);
  if (isOp(node, 'Tile')) return constants(1)?.every((repeat) => repeat === 1) ?? false;
  if (isOp(node, 'Transpose')) {
    return permutationOf(node, input.shape)?.every((axis, i) => axis === i) ?? false;
  }
  if (isOp(node, 'Cast')) return input.dtype !== undefined && input.dtype === output.dtype;
  if (isOp(node, 'Pad')) {
    // Modes such as "edge" and "reflect" do nothing either where nothing is to be added.
    return constants(1)?.every((amount) => amount === 0) ?? false;
  }
  return isOp(node, 'Slice') && slicesEverything(node, context);
}

function slicesEverything(node: Node, { view, types }: PassContext): boolean {
  const [starts, ends, axes, steps] = [1, 2, 3, 4].map((index) => {
    const tensor = view.constant(node.inputs[index]);
    return tensor && decodeInts(tensor);
  });
  const { shape } = types.get(node.inputs[0]);
  if (!starts || !ends || !shape || (node.inputs[3] && !axes) || (node.inputs[4] && !steps))
    return false;
  return starts.every((start, i) => {
    const size = shape[normalizeAxis(axes?.[i] ?? i, shape.length)];
    const end = ends[i] as number;
    const toEnd = end >= UNBOUNDED || (typeof size === 'number' && end >= size);
    return start === 0 && (steps?.[i] ?? 1) === 1 && toEnd;
  });
}

/** Ends from here on mean "to the end": exporters write the largest int32 or int64. */
const UNBOUNDED = 2 ** 31 - 1;
