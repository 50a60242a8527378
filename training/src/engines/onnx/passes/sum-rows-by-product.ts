import { attrInt, type Node, type Pass, type PassContext, tensorToBigInts } from '@latentkit/onnx';
import { isOp } from '@latentkit/onnx/passes';
import { intsConstant, sizes } from './match.ts';

/** Rows from which on the product is the faster way. */
const MIN_ROWS = 16;

/**
 * Gradients of biases are sums over the batch. As a product with a row of ones they run in the matrix
 * kernels, on all cores, and a factor before the sum goes into the product for nothing.
 */
export const sumRowsByProduct: Pass = {
  name: 'sum-rows-by-product',
  summary: 'ReduceSum over the rows of a matrix becomes a Gemm with ones.',
  apply(context) {
    const { view } = context;
    let rewrites = 0;
    for (const node of view.nodes()) {
      const input = summedRows(node, context);
      const [rows, columns] = sizes(context, input) ?? [];
      if (rows === undefined || columns === undefined || rows < MIN_ROWS) continue;
      const raw = new Uint8Array(new Float32Array(rows).fill(1).buffer);
      const ones = view.addConstant('ones', { dtype: 'float32', dims: [1, rows], raw });
      const row = view.freshName(`${node.name}_row`);
      view.insertBefore(node, 'Gemm', [ones, input as string], [row]);
      view.rewrite(node, 'Reshape', [row, intsConstant(view, `${node.name}_shape`, [columns])]);
      rewrites++;
    }
    return rewrites;
  },
};

/** The matrix whose rows a node sums up; tfjs may have put a dimension of 1 before it. */
function summedRows(node: Node, context: PassContext): string | undefined {
  const { view } = context;
  if (!isOp(node, 'ReduceSum') || attrInt(node, 'keepdims', 1) !== 0) return undefined;
  const input = node.inputs[0] as string;
  const axes = view.constant(node.inputs[1]);
  const reduced = axes ? String(tensorToBigInts(axes)) : undefined;
  const shape = sizes(context, input);
  if (shape?.length === 2 && reduced === '0') return input;
  if (shape?.length !== 3 || shape[0] !== 1 || reduced !== '0,1') return undefined;
  const reshape = view.producer(input);
  const before = isOp(reshape, 'Reshape') ? reshape.inputs[0] : undefined;
  return String(sizes(context, before)) === String(shape.slice(1)) ? before : undefined;
}
