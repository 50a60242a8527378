import type { Node } from '../ir.ts';
import { isOp } from '../rewrite/is-op.ts';
import { isMatrixProduct } from '../rewrite/linear-operator.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';
import { broadcastsInto } from '../rewrite/shape-algebra.ts';

export const fuseMatMulAdd: Pass = {
  name: 'fuse-matmul-add',
  summary: 'A matrix product plus a bias that broadcasts into it becomes one Gemm.',
  apply(context) {
    let rewrites = 0;
    for (const node of context.view.nodes()) {
      if (isOp(node, 'Add') && (fuse(node, 0, context) || fuse(node, 1, context))) rewrites++;
    }
    return rewrites;
  },
};

function fuse(add: Node, side: 0 | 1, { view, types }: PassContext): boolean {
  const product = view.producer(add.inputs[side] as string);
  const bias = add.inputs[1 - side] as string;
  if (!isMatrixProduct(product, types) || product.inputs[2]) return false;
  if (view.soleConsumer(product.outputs[0] as string) !== add) return false;
  const { shape } = types.get(product.outputs[0]);
  // A wider bias would widen the result, which Gemm does not do.
  if (!broadcastsInto(types.get(bias).shape, shape)) return false;
  const [a, b] = product.inputs as [string, string];
  const attributes = [...product.attributes].filter(([name]) => name !== 'beta');
  view.rewrite(add, 'Gemm', [a, b, bias], attributes);
  view.remove(product);
  add.name = product.name;
  return true;
}
