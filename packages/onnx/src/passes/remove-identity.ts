import type { Node } from '../ir.ts';
import { isOp } from '../rewrite/is-op.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';
import { decode } from '../rewrite/tensor-values.ts';

export const removeIdentity: Pass = {
  name: 'remove-identity',
  summary: 'Identity, Dropout at inference, and Sum, Max, Min, Mean, Concat of one input go.',
  apply(context) {
    const { view } = context;
    let rewrites = 0;
    for (const node of view.nodes()) {
      if (passesThrough(node, context) && view.bypass(node, node.inputs[0] as string)) rewrites++;
    }
    return rewrites;
  },
};

function passesThrough(node: Node, { view }: PassContext): boolean {
  if (isOp(node, 'Identity')) return true;
  if (isOp(node, 'Sum', 'Max', 'Min', 'Mean', 'Concat')) return node.inputs.length === 1;
  if (!isOp(node, 'Dropout')) return false;
  const [, mask] = node.outputs;
  if (mask && view.isUsed(mask)) return false;
  const mode = node.inputs[2];
  const training = view.constant(mode);
  return !mode || (training !== undefined && decode(training)?.values[0] === 0);
}
