import { attr, attrFloat, attrInt } from '../attributes.ts';
import type { Dim, Node, TensorData } from '../ir.ts';
import { constantNumbers } from './constant-values.ts';
import type { TensorTypes } from './infer-types.ts';
import { isOp, type OnnxNode } from './is-op.ts';
import type { PassContext } from './pass.ts';
import { permutationOf } from './permutation.ts';
import { isReshapeLike } from './reshape-like.ts';
import { staticShape } from './shape-algebra.ts';
import { decode, encode, isFloat, type NumericTensor, smallestNormal } from './tensor-values.ts';

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

/** A Gemm, or a MatMul that could be one: a product of two float matrices. */
export function isMatrixProduct(node: Node | undefined, types: TensorTypes): node is OnnxNode {
  if (!isOp(node, 'MatMul', 'Gemm') || !isFloat(types.get(node.outputs[0]).dtype)) return false;
  return [0, 1].every((index) => types.get(node.inputs[index]).shape?.length === 2);
}

export interface FoundOperator {
  operator: LinearOperator;
  /** The rank of the value, and the axis along which the operator's channels lie in it. */
  rank: number;
  axis: number | undefined;
}

/** The operator behind a value, through Transposes and reshapes that nothing else reads. */
export function findLinearOperator(name: string, context: PassContext): FoundOperator | undefined {
  const { view, types } = context;
  const path: { node: Node; input: string }[] = [];
  let producer = view.producer(name);
  let value = name;
  while (producer && (isOp(producer, 'Transpose') || isReshapeLike(producer))) {
    const input = producer.inputs[0] as string;
    if (view.soleConsumer(input) !== producer) return undefined;
    path.push({ node: producer, input });
    value = input;
    producer = view.producer(input);
  }
  const rank = types.get(value).shape?.length;
  const operator = rank === undefined ? undefined : readLinearOperator(producer, context);
  const last = types.get(name).shape?.length;
  if (!operator || rank === undefined || last === undefined) return undefined;
  let axis: number | undefined = channelAxis(operator.node, rank);
  for (const { node, input } of path.reverse()) {
    const from = types.get(input).shape;
    axis = isOp(node, 'Transpose')
      ? permutationOf(node, from)?.indexOf(axis)
      : axisBehindReshape(axis, from, types.get(node.outputs[0]).shape);
    if (axis === undefined) break;
  }
  return { operator, rank: last, axis };
}

/** Where an axis lies in another shape of the same elements: as long, with as many elements behind it. */
function axisBehindReshape(
  axis: number,
  from: readonly Dim[] | undefined,
  to: readonly Dim[] | undefined,
): number | undefined {
  const stride = from && staticSize(from.slice(axis + 1));
  if (!from || !to || stride === undefined || typeof from[axis] !== 'number') return undefined;
  const found = to.findIndex(
    (dim, i) => dim === from[axis] && staticSize(to.slice(i + 1)) === stride,
  );
  return found < 0 ? undefined : found;
}

function staticSize(dims: readonly Dim[]): number | undefined {
  return staticShape(dims)?.reduce((product, dim) => product * dim, 1);
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
 * would leave the dtype's range, upwards or downwards, or there is no place for the shift.
 */
export function applyAffine(
  operator: LinearOperator,
  scale: Float64Array,
  shift: Float64Array,
  { view, types }: PassContext,
): boolean {
  const { node, weight, channels, takesBias } = operator;
  const factor = (element: number) => scale[operator.channelOf(element)] as number;
  const weights = weight.values.map((value, i) => value * factor(i));
  const biases = operator.bias.map(
    (value, i) => value * (scale[i] as number) + (shift[i] as number),
  );
  const needsBias = Boolean(node.inputs[2]) || biases.some((value) => value !== 0);
  // A product of matrices has a form with a bias.
  const opType = needsBias && !takesBias && isMatrixProduct(node, types) ? 'Gemm' : node.opType;
  if (needsBias && !takesBias && opType !== 'Gemm') return false;
  const newWeight = finite(encode({ ...weight, values: weights }));
  const newBias = finite(encode({ dtype: weight.dtype, dims: [channels], values: biases }));
  if (!newWeight || !newBias || !keepsDigits(weight, factor, newWeight)) return false;
  const [input, weightName] = node.inputs as [string, string];
  const inputs = [input, view.addConstant(`${weightName}_folded`, newWeight)];
  if (needsBias) inputs.push(view.addConstant(node.inputs[2] || `${weightName}_bias`, newBias));
  const attributes = new Map(node.attributes);
  if (isOp(node, 'Gemm') && needsBias) attributes.set('beta', attr.float(1));
  view.rewrite(node, opType, inputs, attributes);
  return true;
}

/**
 * Whether no weight became 0, or lost digits as a subnormal number, that the result would have had: it may be
 * multiplied by large inputs.
 */
function keepsDigits(
  { dtype, values }: NumericTensor,
  factor: (element: number) => number,
  scaled: Omit<TensorData, 'name'>,
): boolean {
  if (!isFloat(dtype)) return true;
  const smallest = smallestNormal(dtype);
  return Boolean(
    decode({ ...scaled, name: '' })?.values.every((value, i) => {
      const [weight, scale] = [values[i] as number, factor(i)];
      if (Math.abs(value) >= smallest || weight === 0 || scale === 0) return true;
      return value !== 0 && value / scale === weight;
    }),
  );
}

/** The tensor, unless an element left the dtype's range. */
function finite(
  tensor: Omit<TensorData, 'name'> | undefined,
): Omit<TensorData, 'name'> | undefined {
  const values = tensor && decode({ ...tensor, name: '' })?.values;
  return values?.every(Number.isFinite) ? tensor : undefined;
}
