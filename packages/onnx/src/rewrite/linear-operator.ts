import { attr, attrFloat, attrInt } from '../attributes.ts';
import type { Node, TensorData } from '../ir.ts';
import { constantNumbers } from './constant-values.ts';
import { isOp } from './is-op.ts';
import type { PassContext } from './pass.ts';
import { decode, encode, type NumericTensor } from './tensor-values.ts';

/**
 * A Conv, ConvTranspose, Gemm or MatMul with constant weights that it shares with nobody: an affine
 * map on its result can be taken into them.
 */
export interface LinearOperator {
  readonly node: Node;
  readonly weight: NumericTensor;
  /** One entry a channel of the result. */
  readonly bias: Float64Array;
  readonly channels: number;
  /** The channel of the result that a weight element contributes to. */
  channelOf(element: number): number;
  /** MatMul has no place for a bias. */
  readonly takesBias: boolean;
}

/** The axis of the result along which the channels lie. */
export function channelAxis(node: Node, rank: number): number {
  return isOp(node, 'Conv', 'ConvTranspose') ? 1 : rank - 1;
}

export function readLinearOperator(
  node: Node | undefined,
  context: PassContext,
): LinearOperator | undefined {
  if (!isOp(node, 'Conv', 'ConvTranspose', 'Gemm', 'MatMul')) return undefined;
  const { view } = context;
  const name = node.inputs[1] as string;
  const weight = constantNumbers(context, name);
  if (!weight || view.soleConsumer(name) !== node) return undefined;
  const layout = weightLayout(node, weight);
  const bias = layout && readBias(node, layout.channels, context);
  return layout && bias && { node, weight, bias, takesBias: !isOp(node, 'MatMul'), ...layout };
}

function weightLayout(
  node: Node,
  { dims, values }: NumericTensor,
): Pick<LinearOperator, 'channels' | 'channelOf'> | undefined {
  const [first, second] = dims;
  if (first === undefined || second === undefined || values.length === 0) return undefined;
  if (isOp(node, 'Conv')) {
    const size = values.length / first;
    return { channels: first, channelOf: (element) => Math.floor(element / size) };
  }
  if (isOp(node, 'ConvTranspose')) {
    // [inputs, outputs of a group, …]: the group follows from the input.
    const groups = attrInt(node, 'group', 1);
    const window = values.length / (first * second);
    const channelOf = (element: number) => {
      const input = Math.floor(element / (second * window));
      const group = Math.floor((input * groups) / first);
      return group * second + (Math.floor(element / window) % second);
    };
    return { channels: groups * second, channelOf };
  }
  if (dims.length !== 2) return undefined;
  if (attrInt(node, 'transB', 0) === 1) {
    return { channels: first, channelOf: (element) => Math.floor(element / second) };
  }
  return { channels: second, channelOf: (element) => element % second };
}

function readBias(node: Node, channels: number, context: PassContext): Float64Array | undefined {
  const name = node.inputs[2];
  if (!name) return new Float64Array(channels);
  const bias = constantNumbers(context, name);
  if (!bias) return undefined;
  const beta = isOp(node, 'Gemm') ? attrFloat(node, 'beta', 1) : 1;
  const perChannel = bias.dims.every((dim, i) => i === bias.dims.length - 1 || dim === 1);
  if (!perChannel || (bias.values.length !== 1 && bias.values.length !== channels))
    return undefined;
  return spread(bias.values, channels).map((value) => value * beta);
}

/** One value a channel from one value a channel or one for all. */
export function spread(values: Float64Array, channels: number): Float64Array {
  return values.length === channels ? values : new Float64Array(channels).fill(values[0] as number);
}

/**
 * Lets an operator compute `scale · result + shift` per channel. False, and no change, where a weight
 * would leave the dtype's range or there is no place for the shift.
 */
export function applyAffine(
  operator: LinearOperator,
  scale: Float64Array,
  shift: Float64Array,
  { view }: PassContext,
): boolean {
  const { node, weight, channels, takesBias } = operator;
  const weights = weight.values.map((value, i) => value * (scale[operator.channelOf(i)] as number));
  const biases = operator.bias.map(
    (value, i) => value * (scale[i] as number) + (shift[i] as number),
  );
  const needsBias = Boolean(node.inputs[2]) || biases.some((value) => value !== 0);
  if (needsBias && !takesBias) return false;
  const newWeight = finite(encode({ ...weight, values: weights }));
  const newBias = finite(encode({ dtype: weight.dtype, dims: [channels], values: biases }));
  if (!newWeight || !newBias) return false;
  const [input, weightName] = node.inputs as [string, string];
  const inputs = [input, view.addConstant(`${weightName}_folded`, newWeight)];
  if (needsBias) inputs.push(view.addConstant(node.inputs[2] || `${weightName}_bias`, newBias));
  const attributes = new Map(node.attributes);
  if (isOp(node, 'Gemm') && needsBias) attributes.set('beta', attr.float(1));
  view.rewrite(node, node.opType, inputs, attributes);
  return true;
}

/** The tensor, unless an element left the dtype's range. */
function finite(
  tensor: Omit<TensorData, 'name'> | undefined,
): Omit<TensorData, 'name'> | undefined {
  const values = tensor && decode({ ...tensor, name: '' })?.values;
  return values?.every(Number.isFinite) ? tensor : undefined;
}
