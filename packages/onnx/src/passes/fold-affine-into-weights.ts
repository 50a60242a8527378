import type { Node } from '../ir.ts';
import { constantNumbers } from '../rewrite/constant-values.ts';
import { isOp } from '../rewrite/is-op.ts';
import {
  applyAffine,
  channelAxis,
  type LinearOperator,
  readLinearOperator,
  spread,
} from '../rewrite/linear-operator.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';
import { isReshapeLike } from '../rewrite/reshape-like.ts';
import { permutationOf } from './layout/permutation.ts';

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
  return foldOperand(node, 0, context) || foldOperand(node, 1, context);
}

function foldOperand(node: Node, side: 0 | 1, context: PassContext): boolean {
  const { view } = context;
  const result = node.inputs[side] as string;
  const constant = node.inputs[1 - side] as string;
  if (!view.constant(constant) || view.soleConsumer(result) !== node) return false;
  const found = findOperator(result, context);
  if (!found) return false;
  const { operator, rank, axis } = found;
  const values = perChannel(constant, rank, axis, operator.channels, context);
  const affine = values && affineOf(node.opType, side, values);
  if (!affine || !view.canBypass(node, result)) return false;
  return applyAffine(operator, affine.scale, affine.shift, context) && view.bypass(node, result);
}

interface Found {
  operator: LinearOperator;
  /** The rank of the value, and the axis along which the operator's channels lie in it. */
  rank: number;
  axis: number | undefined;
}

/** The operator behind a value, through Transposes and reshapes that nothing else reads. */
function findOperator(name: string, context: PassContext): Found | undefined {
  const { view, types } = context;
  const producer = view.producer(name);
  const rank = types.get(name).shape?.length;
  if (!producer || rank === undefined) return undefined;
  const operator = readLinearOperator(producer, context);
  if (operator) return { operator, rank, axis: channelAxis(operator.node, rank) };
  const input = producer.inputs[0] as string;
  const moves = isOp(producer, 'Transpose') || isReshapeLike(producer);
  if (!moves || view.soleConsumer(input) !== producer) return undefined;
  const inner = findOperator(input, context);
  const perm = isOp(producer, 'Transpose') && permutationOf(producer, types.get(input).shape);
  // Where a reshape puts the channels is not followed: what is the same for all still fits.
  const axis = perm && inner?.axis !== undefined ? perm.indexOf(inner.axis) : undefined;
  return inner && { operator: inner.operator, rank, axis };
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
    default:
      return side === 0 ? { scale: values.map((value) => 1 / value), shift: zeros } : undefined;
  }
}
