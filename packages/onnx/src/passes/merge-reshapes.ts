import { attrInt } from '../attributes.ts';
import type { Node } from '../ir.ts';
import { constantInts } from '../rewrite/constant-values.ts';
import { isOp } from '../rewrite/is-op.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';
import { isReshapeLike, rewriteAsReshape } from '../rewrite/reshape-like.ts';
import { reshapeTarget } from '../rewrite/shape-algebra.ts';

export const mergeReshapes: Pass = {
  name: 'merge-reshapes',
  summary:
    'Of consecutive Reshape, Squeeze, Unsqueeze, Flatten only the last stays; a target computed from shapes becomes a constant.',
  apply(context) {
    let rewrites = 0;
    for (const node of context.view.nodes()) {
      if (isReshapeLike(node) && (skipPrevious(node, context) || fixTarget(node, context)))
        rewrites++;
    }
    return rewrites;
  },
};

function skipPrevious(node: Node, context: PassContext): boolean {
  const { view, types } = context;
  const previous = view.producer(node.inputs[0] as string);
  if (!isReshapeLike(previous)) return false;
  const source = previous.inputs[0] as string;
  if (isOp(node, 'Reshape') && standsAlone(node, context)) {
    view.setInput(node, 0, source);
    return true;
  }
  return rewriteAsReshape(context, node, source, types.get(node.outputs[0]).shape);
}

/** Whether a Reshape's target takes nothing from its input's shape (a 0 copies a dimension). */
function standsAlone(node: Node, context: PassContext): boolean {
  const target = constantInts(context, node.inputs[1]);
  return target !== undefined && !target.includes(0) && attrInt(node, 'allowzero', 0) === 0;
}

/** Shape arithmetic in front of a Reshape goes where one −1 can say the same. */
function fixTarget(node: Node, context: PassContext): boolean {
  const { view, types } = context;
  const target = node.inputs[1];
  if (!isOp(node, 'Reshape') || view.constant(target)) return false;
  const { data } = types.get(target);
  if (!data || data.includes(0) || data.includes(-1) || !reshapeTarget(data)) return false;
  return rewriteAsReshape(context, node, node.inputs[0] as string, data);
}
