import { attrFloat, attrInt } from '../attributes.ts';
import type { Node } from '../ir.ts';
import { constantNumbers } from '../rewrite/constant-values.ts';
import { isOp } from '../rewrite/is-op.ts';
import { applyAffine, findLinearOperator } from '../rewrite/linear-operator.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';

export const foldBatchNorm: Pass = {
  name: 'fold-batch-norm',
  summary:
    'BatchNormalization behind a Conv, ConvTranspose, Gemm or MatMul goes into its weights and bias, through Transposes and reshapes.',
  apply(context) {
    let rewrites = 0;
    for (const node of context.view.nodes()) if (fold(node, context)) rewrites++;
    return rewrites;
  },
};

function fold(node: Node, context: PassContext): boolean {
  const { view } = context;
  if (!isOp(node, 'BatchNormalization') || attrInt(node, 'training_mode', 0) === 1) return false;
  const input = node.inputs[0] as string;
  const found = findLinearOperator(input, context);
  if (found?.axis !== 1 || view.soleConsumer(input) !== node) return false;
  const { operator } = found;
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((index) => {
    const [channels, ...more] = view.constant(node.inputs[index])?.dims ?? [];
    if (channels !== operator.channels || more.length > 0) return undefined;
    return constantNumbers(context, node.inputs[index])?.values;
  });
  if (!gamma || !beta || !mean || !variance) return false;
  const epsilon = attrFloat(node, 'epsilon', Math.fround(1e-5));
  const scale = gamma.map((value, i) => value / Math.sqrt((variance[i] as number) + epsilon));
  const shift = beta.map((value, i) => value - (mean[i] as number) * (scale[i] as number));
  if (!view.canBypass(node, input)) return false;
  return applyAffine(operator, scale, shift, context) && view.bypass(node, input);
}
