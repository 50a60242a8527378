import type { Dim, Node } from '../ir.ts';
import { isOp } from '../rewrite/is-op.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';
import { insertReshape, isReshapeLike, rewriteAsReshape } from '../rewrite/reshape-like.ts';
import { reshapeTarget, sameDim } from '../rewrite/shape-algebra.ts';

export const collapseBatchedMatMul: Pass = {
  name: 'collapse-batched-matmul',
  summary:
    'A product of tensors that are only reshaped matrices (a dense layer on rank 3, a batch of one) becomes a product of the matrices.',
  apply(context) {
    let rewrites = 0;
    for (const node of context.view.nodes()) {
      if (isOp(node, 'MatMul') && collapse(node, context)) rewrites++;
    }
    return rewrites;
  },
};

function collapse(node: Node, context: PassContext): boolean {
  const { view, types } = context;
  const [left, right] = node.inputs as [string, string];
  const [a, b] = [types.get(left).shape, types.get(right).shape];
  const output = node.outputs[0] as string;
  const result = types.get(output).shape;
  if (!a || !b || a.length < 2 || b.length < 2 || a.length + b.length === 4) return false;
  if (b.slice(0, -2).some((dim) => dim !== 1)) return false;
  if (!reshapeTarget(result)) return false;
  // A stack of left factors is one tall matrix, as long as a single right factor serves them all.
  const rightMatrix = matrixBehind(right, b.slice(-2), context);
  const leftMatrix = matrixBehind(left, [null, a.at(-1) ?? null], context);
  if (!rightMatrix || !leftMatrix) return false;

  const factors = [leftMatrix, rightMatrix].map(({ name, shape, reshape }) =>
    reshape ? (insertReshape(context, node, name, shape) as string) : name,
  );
  const product = view.freshName(`${output}_matrix`);
  view.insertBefore(node, 'MatMul', factors, [product]);
  return rewriteAsReshape(context, node, product, result);
}

interface Matrix {
  name: string;
  shape: readonly Dim[];
  /** Whether the value is to be reshaped first. */
  reshape: boolean;
}

/** The matrix whose elements a value has: itself, the source of a reshape, or a constant to be reshaped. */
function matrixBehind(
  name: string,
  wanted: readonly Dim[],
  { view, types }: PassContext,
): Matrix | undefined {
  const { shape } = types.get(name);
  if (shape?.length === 2) return { name, shape, reshape: false };
  const producer = view.producer(name);
  const source = isReshapeLike(producer) ? (producer.inputs[0] as string) : undefined;
  const sourceShape = types.get(source).shape;
  const fits = (dim: Dim | undefined, i: number) => wanted[i] === null || sameDim(dim, wanted[i]);
  if (source !== undefined && sourceShape?.length === 2 && sourceShape.every(fits)) {
    // The last axis must be the same: only then do the rows stay rows.
    return sameDim(sourceShape[1], wanted[1])
      ? { name: source, shape: sourceShape, reshape: false }
      : undefined;
  }
  const constant = view.constant(name);
  const width = constant?.dims.at(-1);
  if (!constant || !width || constant.raw.length === 0) return undefined;
  const rows = constant.dims.slice(0, -1).reduce((product, dim) => product * dim, 1);
  return { name, shape: [rows, width], reshape: true };
}
