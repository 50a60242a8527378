import { attrInt } from '../../attributes.ts';
import type { Dim, Node, TensorData } from '../../ir.ts';
import { isOp } from '../../rewrite/is-op.ts';
import { UNARY_ELEMENTWISE } from '../../rewrite/operator-sets.ts';
import type { PassContext } from '../../rewrite/pass.ts';
import { inversePermutation, permute } from '../../rewrite/permutation.ts';
import { rewriteAsReshape } from '../../rewrite/reshape-like.ts';
import { reshapeTarget, sameDim } from '../../rewrite/shape-algebra.ts';
import type { LayoutCall, LayoutPlan } from './layout.ts';
import { permuteTensor } from './permute-tensor.ts';

/*
 * Between a flattened tensor and the matrix of a dense layer the order of the features is free: the
 * constant weights can be permuted instead of the data.
 */

/** [N, …] → [N, features] → products with constant weights: their rows are permuted. */
export function planDenseBehindReshape(call: LayoutCall): LayoutPlan | undefined {
  const { node, perm, context, shape } = call;
  const { view, types } = context;
  const input = shape(0);
  const output = node.outputs[0] as string;
  const flat = types.get(output).shape;
  const features = flattenedFeatures(input, flat, perm);
  const consumers = view.consumers(output);
  if (!features || view.isPinned(output) || consumers.length === 0) return undefined;
  const dense = consumers.every((consumer) => {
    const plain = isOp(consumer, 'MatMul', 'Gemm') && attrInt(consumer, 'transA', 0) === 0;
    const once = consumer.inputs.filter((name) => name === output).length === 1;
    return plain && once && consumer.inputs[0] === output && ownMatrix(consumer, context);
  });
  if (!dense) return undefined;
  const apply = () => {
    // A Squeeze or a target with 0 means other axes in another order.
    rewriteAsReshape(context, node, node.inputs[0] as string, flat);
    for (const consumer of consumers) {
      const rowsFirst = attrInt(consumer, 'transB', 0) === 0;
      permuteWeight(consumer, rowsFirst ? 0 : 1, features, perm, context);
    }
  };
  return { follows: [0], outputsFollow: false, apply };
}

/** A product with constant weights → element-wise operators → [N, features] → [N, …]: the columns are permuted. */
export function planDenseBeforeReshape(call: LayoutCall): LayoutPlan | undefined {
  const { node, perm, context, shape } = call;
  const { view, types } = context;
  const output = types.get(node.outputs[0]).shape;
  const features = flattenedFeatures(output, shape(0), perm);
  if (!features || !output) return undefined;
  let name = node.inputs[0] as string;
  let reader = node;
  let producer = view.producer(name);
  while (producer && isOp(producer, ...UNARY_ELEMENTWISE) && view.soleConsumer(name) === reader) {
    name = producer.inputs[0] as string;
    reader = producer;
    producer = view.producer(name);
  }
  if (!isOp(producer, 'MatMul', 'Gemm') || view.soleConsumer(name) !== reader) return undefined;
  const dense = producer;
  if (!ownMatrix(dense, context) || !biasCanMove(dense, features, context)) return undefined;
  const moved = permute(output, inversePermutation(perm));
  if (!reshapeTarget(moved)) return undefined;
  const apply = () => {
    const columnsLast = attrInt(dense, 'transB', 0) === 0;
    permuteWeight(dense, columnsLast ? 1 : 0, features, perm, context);
    permuteBias(dense, features, perm, context);
    rewriteAsReshape(context, node, node.inputs[0] as string, moved);
  };
  return { follows: [], outputsFollow: true, apply };
}

/** The axes behind the batch axis, where `flat` is [N, their product] and `perm` leaves the batch in front. */
function flattenedFeatures(
  tensor: readonly Dim[] | undefined,
  flat: readonly Dim[] | undefined,
  perm: readonly number[],
): number[] | undefined {
  if (tensor?.length !== perm.length || perm[0] !== 0 || flat?.length !== 2) return undefined;
  const features = tensor.slice(1);
  if (!features.every((dim) => typeof dim === 'number' && dim > 0)) return undefined;
  const count = (features as number[]).reduce((product, dim) => product * dim, 1);
  return flat[1] === count && sameDim(flat[0], tensor[0]) ? (features as number[]) : undefined;
}

function ownMatrix(node: Node, { view }: PassContext): TensorData | undefined {
  const name = node.inputs[1] as string;
  const weight = view.constant(name);
  return weight?.dims.length === 2 && view.soleConsumer(name) === node ? weight : undefined;
}

/** Permutes the features that lie along one axis of a node's weight matrix. */
function permuteWeight(
  node: Node,
  axis: 0 | 1,
  features: readonly number[],
  perm: readonly number[],
  context: PassContext,
): void {
  const name = node.inputs[1] as string;
  const weight = ownMatrix(node, context) as TensorData;
  const moved = permuteFeatures(weight, axis, features, perm);
  context.view.setInput(node, 1, context.view.addConstant(`${name}_permuted`, moved));
}

function biasCanMove(node: Node, features: readonly number[], { view }: PassContext): boolean {
  if (!node.inputs[2]) return true;
  const bias = view.constant(node.inputs[2]);
  if (!bias) return false;
  const count = features.reduce((product, dim) => product * dim, 1);
  const single = bias.dims.every((dim) => dim === 1);
  return single || (bias.dims.at(-1) === count && bias.dims.slice(0, -1).every((dim) => dim === 1));
}

function permuteBias(
  node: Node,
  features: readonly number[],
  perm: readonly number[],
  { view }: PassContext,
): void {
  const name = node.inputs[2];
  const bias = view.constant(name);
  if (!bias || bias.dims.every((dim) => dim === 1)) return;
  const moved = permuteFeatures(bias, bias.dims.length - 1, features, perm);
  view.setInput(node, 2, view.addConstant(`${name}_permuted`, moved));
}

/** A constant with the features along `axis` in the order of the transposed tensor. */
function permuteFeatures(
  tensor: TensorData,
  axis: number,
  features: readonly number[],
  perm: readonly number[],
): Omit<TensorData, 'name'> {
  const [before, after] = [tensor.dims.slice(0, axis), tensor.dims.slice(axis + 1)];
  const order = inversePermutation(perm)
    .slice(1)
    .map((at) => at - 1 + axis);
  const full = [
    ...before.map((_, i) => i),
    ...order,
    ...after.map((_, i) => axis + features.length + i),
  ];
  const moved = permuteTensor({ ...tensor, dims: [...before, ...features, ...after] }, full);
  return { ...moved, dims: tensor.dims };
}
