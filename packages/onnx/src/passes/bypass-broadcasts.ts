import type { Dim, Node } from '../ir.ts';
import { uniformValue } from '../rewrite/constant-values.ts';
import { isOp } from '../rewrite/is-op.ts';
import { BROADCASTING } from '../rewrite/operator-sets.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';
import { broadcastShapes, broadcastsInto, sameShape } from '../rewrite/shape-algebra.ts';
import { decode, encode, int64Tensor } from '../rewrite/tensor-values.ts';

export const bypassBroadcasts: Pass = {
  name: 'bypass-broadcasts',
  summary:
    'Expand, Tile and filled tensors in front of an element-wise operator go where it broadcasts by itself; a product with filled ones is an Expand.',
  apply(context) {
    let rewrites = 0;
    for (const node of context.view.nodes()) {
      if (!isOp(node, ...BROADCASTING)) continue;
      node.inputs.forEach((_, index) => {
        if (readSmaller(node, index, context)) rewrites++;
      });
      if (expandInsteadOfOnes(node, context)) rewrites++;
    }
    return rewrites;
  },
};

function readSmaller(node: Node, index: number, context: PassContext): boolean {
  const { view, types } = context;
  const name = node.inputs[index] as string;
  const small = narrower(name, context);
  if (small === undefined) return false;
  const others = node.inputs.filter((_, i) => i !== index).map((input) => types.get(input).shape);
  if (others.length === 0 || others.some((shape) => shape === undefined)) return false;
  if (!broadcastsInto(types.get(name).shape, broadcastShapes(others as (readonly Dim[])[])))
    return false;
  view.setInput(node, index, small());
  return true;
}

/** Gives a smaller value that broadcasts to this one; made only when it is asked for. */
function narrower(name: string, context: PassContext): (() => string) | undefined {
  const { view, types } = context;
  const producer = view.producer(name);
  const source = producer?.inputs[0] as string;
  if (isOp(producer, 'Expand')) return () => source;
  if (isOp(producer, 'Tile')) {
    const [from, to] = [types.get(source).shape, types.get(name).shape];
    const fits = from?.every((dim, i) => dim === 1 || sameShape([dim], [to?.[i] ?? null]));
    return fits ? () => source : undefined;
  }
  const constant = view.constant(name);
  if (!constant || constant.dims.length === 0) return undefined;
  const value = uniformValue(context, name);
  const scalar =
    value === undefined
      ? undefined
      : encode({ dtype: constant.dtype, dims: [], values: Float64Array.of(value) });
  // A scalar of rank 0 has the smallest shape that there is.
  return scalar && (() => view.addConstant(`${name}_scalar`, scalar));
}

/** x · ones(s) = Expand(x, s) */
function expandInsteadOfOnes(node: Node, context: PassContext): boolean {
  if (!isOp(node, 'Mul')) return false;
  for (const index of [0, 1]) {
    const shape = shapeOfOnes(node.inputs[index] as string, context);
    if (shape === undefined) continue;
    context.view.rewrite(node, 'Expand', [node.inputs[1 - index] as string, shape]);
    return true;
  }
  return false;
}

/** The shape, as a value, of a tensor that is filled with ones. */
function shapeOfOnes(name: string, context: PassContext): string | undefined {
  const { view } = context;
  const constant = view.constant(name);
  if (constant?.dims.some((dim) => dim > 1)) {
    if (uniformValue(context, name) !== 1) return undefined;
    return view.addConstant(`${name}_shape`, int64Tensor(constant.dims));
  }
  const producer = view.producer(name);
  if (isOp(producer, 'Expand')) {
    return uniformValue(context, producer.inputs[0]) === 1 ? producer.inputs[1] : undefined;
  }
  const fill = producer?.attributes.get('value');
  const ones = fill?.type === 'tensor' && decode(fill.value)?.values[0] === 1;
  return isOp(producer, 'ConstantOfShape') && ones ? producer.inputs[0] : undefined;
}
