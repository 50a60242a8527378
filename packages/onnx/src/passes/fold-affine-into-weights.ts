import type { Node } from '../ir.ts';
import { constantNumbers } from '../rewrite/constant-values.ts';
import { isOp } from '../rewrite/is-op.ts';
import { applyAffine, findLinearOperator, spread } from '../rewrite/linear-operator.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';
import { isFloat, smallestNormal } from '../rewrite/tensor-values.ts';

export const foldAffineIntoWeights: Pass = {
  name: 'fold-affine-into-weights',
  summary:
    'Constants per channel that a Conv, ConvTranspose, Gemm or MatMul is multiplied by, divided by or shifted by go into its weights and bias, through Transposes and reshapes.',
  apply(context) {
    let rewrites = 0;
    for (const node of context.view.nodes()) if (fold(node, context)) rewrites++;
    return rewrites;
  },
};

function fold(node: Node, context: PassContext): boolean {
  if (!isOp(node, 'Add', 'Sub', 'Mul', 'Div')) return false;
  // A product of integers may wrap before it is divided, and a quotient of integers is cut off.
  if (isOp(node, 'Div') && !isFloat(context.types.get(node.outputs[0]).dtype)) return false;
  return foldOperand(node, 0, context) || foldOperand(node, 1, context);
}

function foldOperand(node: Node, side: 0 | 1, context: PassContext): boolean {
  const { view } = context;
  const result = node.inputs[side] as string;
  const constant = node.inputs[1 - side] as string;
  if (!view.constant(constant) || view.soleConsumer(result) !== node) return false;
  const found = findLinearOperator(result, context);
  if (!found) return false;
  const { operator, rank, axis } = found;
  const values = perChannel(constant, rank, axis, operator.channels, context);
  const affine = values && affineOf(node.opType, side, values);
  if (!affine || !view.canBypass(node, result)) return false;
  return applyAffine(operator, affine.scale, affine.shift, context) && view.bypass(node, result);
}

/** The values of a constant that differs along the channel axis only. */
function perChannel(
  name: string | undefined,
  rank: number,
  axis: number | undefined,
  channels: number,
  context: PassContext,
): Float64Array | undefined {
  const dims = context.view.constant(name)?.dims;
  if (!dims || dims.length > rank) return undefined;
  const offset = rank - dims.length;
  const fits = dims.every((dim, i) => dim === 1 || (i + offset === axis && dim === channels));
  const values = fits ? constantNumbers(context, name)?.values : undefined;
  return values?.every(Number.isFinite) ? spread(values, channels) : undefined;
}

function affineOf(opType: string, side: 0 | 1, values: Float64Array) {
  const ones = new Float64Array(values.length).fill(1);
  const zeros = new Float64Array(values.length);
  switch (opType) {
    case 'Add':
      return { scale: ones, shift: values };
    case 'Sub':
      return side === 0
        ? { scale: ones, shift: values.map((value) => -value) }
        : { scale: ones.map((one) => -one), shift: values };
    case 'Mul':
      return { scale: values, shift: zeros };
    default: {
      const scale = values.map((value) => 1 / value);
      // A float64 divisor near the end of the range has an inverse that lost digits.
      const exact = scale.every((value) => Math.abs(value) >= smallestNormal('float64'));
      return side === 0 && exact ? { scale, shift: zeros } : undefined;
    }
  }
}
