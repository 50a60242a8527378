import { attr, attrInt } from '../attributes.ts';
import type { Node } from '../ir.ts';
import { isOp, type OnnxNode } from '../rewrite/is-op.ts';
import { isMatrixProduct } from '../rewrite/linear-operator.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';
import { permutationOf } from '../rewrite/permutation.ts';

export const foldTransposeIntoGemm: Pass = {
  name: 'fold-transpose-into-gemm',
  summary:
    'A transposed factor of a matrix product becomes transA or transB; a transposed product swaps its factors.',
  apply(context) {
    let rewrites = 0;
    for (const node of context.view.nodes()) {
      if (takeTransposedFactor(node, 0, context)) rewrites++;
      if (takeTransposedFactor(node, 1, context)) rewrites++;
      if (swapFactors(node, context)) rewrites++;
    }
    return rewrites;
  },
};

const FLAGS = ['transA', 'transB'] as const;

function takeTransposedFactor(node: Node, index: 0 | 1, context: PassContext): boolean {
  const { view, types } = context;
  if (!isMatrixProduct(node, context.types)) return false;
  const transpose = view.producer(node.inputs[index] as string);
  if (!isMatrixTranspose(transpose, context)) return false;
  // A constant factor is transposed once and for all by constant folding.
  const source = transpose.inputs[0] as string;
  if (view.constant(source) || types.get(source).shape?.length !== 2) return false;
  const flag = FLAGS[index];
  const attributes = new Map(node.attributes).set(flag, attr.int(1 - attrInt(node, flag, 0)));
  const inputs = node.inputs.map((input, i) => (i === index ? source : input));
  view.rewrite(node, 'Gemm', inputs, attributes);
  return true;
}

/** (A·B)ᵀ = Bᵀ·Aᵀ */
function swapFactors(node: Node, context: PassContext): boolean {
  const { view } = context;
  if (!isMatrixTranspose(node, context)) return false;
  const product = view.producer(node.inputs[0] as string);
  if (!isMatrixProduct(product, context.types) || product.inputs[2]) return false;
  if (view.soleConsumer(product.outputs[0] as string) !== node) return false;
  const [a, b] = product.inputs as [string, string];
  const flipped = (flag: string) => attr.int(1 - attrInt(product, flag, 0));
  const attributes = new Map(product.attributes)
    .set('transA', flipped('transB'))
    .set('transB', flipped('transA'));
  view.rewrite(node, 'Gemm', [b, a], attributes);
  view.remove(product);
  node.name = product.name;
  return true;
}

function isMatrixTranspose(node: Node | undefined, { types }: PassContext): node is OnnxNode {
  if (!isOp(node, 'Transpose')) return false;
  const perm = permutationOf(node, types.get(node.inputs[0]).shape);
  return perm?.length === 2 && perm[0] === 1;
}
