import { attr, attrInt } from '../attributes.ts';
import type { Node } from '../ir.ts';
import { isOp } from '../rewrite/is-op.ts';
import { reductionAxes } from '../rewrite/node-axes.ts';
import { REDUCTIONS } from '../rewrite/operator-sets.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';
import { isReshapeLike, rewriteAsReshape } from '../rewrite/reshape-like.ts';
import { sameShapeBySize } from '../rewrite/shape-algebra.ts';

export const simplifyReductions: Pass = {
  name: 'simplify-reductions',
  summary:
    'keepdims takes the place of a Reshape behind a reduction; reductions over nothing or over axes of size 1 go.',
  apply(context) {
    let rewrites = 0;
    for (const node of context.view.nodes()) {
      if (reduceNothing(node, context) || takeReshape(node, context)) rewrites++;
    }
    return rewrites;
  },
};

/** Those that give back a single element as it was. */
const SELECTIVE = ['ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd', 'ReduceSum'];

function axesOf(node: Node, { view, types, opset }: PassContext): number[] | undefined {
  const rank = types.get(node.inputs[0]).shape?.length;
  if (rank === undefined) return undefined;
  return reductionAxes(node, opset, rank, (index) => view.constant(node.inputs[index]));
}

function reduceNothing(node: Node, context: PassContext): boolean {
  const { view, types } = context;
  if (!isOp(node, ...SELECTIVE)) return false;
  const axes = axesOf(node, context);
  const input = node.inputs[0] as string;
  const { shape } = types.get(input);
  if (!axes?.every((axis) => shape?.[axis] === 1)) return false;
  if (axes.length === 0 || attrInt(node, 'keepdims', 1) === 1) return view.bypass(node, input);
  return rewriteAsReshape(context, node, input, types.get(node.outputs[0]).shape);
}

/** A Reshape that only adds or drops the reduced axes is what keepdims is for. */
function takeReshape(node: Node, context: PassContext): boolean {
  const { view, types } = context;
  if (!isOp(node, ...REDUCTIONS)) return false;
  const output = node.outputs[0] as string;
  const reshape = view.soleConsumer(output);
  const axes = axesOf(node, context);
  const { shape } = types.get(node.inputs[0]);
  if (!isReshapeLike(reshape) || !axes || axes.length === 0 || !shape) return false;
  const keeps = attrInt(node, 'keepdims', 1) === 1;
  const other = shape.flatMap((dim, i) => (axes.includes(i) ? (keeps ? [] : [1]) : [dim]));
  const result = reshape.outputs[0] as string;
  if (!sameShapeBySize(other, types.get(result).shape)) return false;
  node.attributes = new Map(node.attributes).set('keepdims', attr.int(keeps ? 0 : 1));
  view.remove(reshape);
  view.setOutput(node, 0, result);
  view.graph.valueInfo.delete(output);
  return true;
}
