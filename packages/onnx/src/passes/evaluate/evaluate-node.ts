import type { Node, TensorData } from '../../ir.ts';
import { isStandard } from '../../rewrite/is-op.ts';
import { decode, decodeInts, encode, type NumericTensor } from '../../rewrite/tensor-values.ts';
import { ELEMENTWISE_KERNELS } from './elementwise.ts';
import type { Kernel } from './kernel.ts';
import { MOVEMENT_KERNELS } from './movement.ts';
import { REDUCTION_KERNELS } from './reductions.ts';

const KERNELS: ReadonlyMap<string, Kernel> = new Map([
  ...ELEMENTWISE_KERNELS,
  ...MOVEMENT_KERNELS,
  ...REDUCTION_KERNELS,
]);

/** The operators that are known here. */
export const OPERATORS: readonly string[] = [...KERNELS.keys()];

/** Whether {@link evaluateNode} knows the operator at all. */
export function canEvaluate(node: Node): boolean {
  return isStandard(node) && KERNELS.has(node.opType);
}

/**
 * The outputs of a node whose inputs are constants (undefined for an omitted one); undefined where
 * the result is not known here for sure, overflow and errors of the runtime among it.
 */
export function evaluateNode(
  node: Node,
  inputs: readonly (TensorData | undefined)[],
  opset: number,
): Omit<TensorData, 'name'>[] | undefined {
  const kernel = KERNELS.get(node.opType);
  if (!kernel || !canEvaluate(node)) return undefined;
  const values = inputs.map((input, i) => input && (isBound(node, i) ? bounds : decode)(input));
  if (inputs.some((input, i) => input && !values[i])) return undefined;
  const results = kernel({ node, opset, inputs: values })?.map(encode);
  return results?.every((result) => result !== undefined) ? results : undefined;
}

/** Where a Slice begins and ends: beyond the ends, which exporters write as the largest integers there are, all are alike. */
const isBound = ({ opType }: Node, input: number) =>
  opType === 'Slice' && (input === 1 || input === 2);

function bounds(tensor: TensorData): NumericTensor | undefined {
  if (tensor.external) return undefined;
  const [low, high] = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  const values = decodeInts(tensor).map((value) => Math.min(Math.max(value, low), high));
  return { dtype: tensor.dtype, dims: [...tensor.dims], values: Float64Array.from(values) };
}
