import { attr, attrFloat } from '../attributes.ts';
import type { Node } from '../ir.ts';
import { scalarValue } from '../rewrite/constant-values.ts';
import { isOp } from '../rewrite/is-op.ts';
import { isMatrixProduct } from '../rewrite/linear-operator.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';
import { smallestNormal } from '../rewrite/tensor-values.ts';

export const foldScaleIntoGemm: Pass = {
  name: 'fold-scale-into-gemm',
  summary: 'A constant factor before or behind a matrix product becomes its alpha (and beta).',
  apply(context) {
    let rewrites = 0;
    for (const node of context.view.nodes()) {
      if (
        scaleResult(node, context) ||
        scaleFactor(node, 0, context) ||
        scaleFactor(node, 1, context)
      ) {
        rewrites++;
      }
    }
    return rewrites;
  },
};

/** s · Gemm(A, B, C) */
function scaleResult(node: Node, context: PassContext): boolean {
  const { view } = context;
  const scaled = scaledOperand(node, context);
  if (!scaled) return false;
  const product = view.producer(scaled.operand);
  if (!isMatrixProduct(product, context.types)) return false;
  if (view.soleConsumer(product.outputs[0] as string) !== node) return false;
  const betaFactor = product.inputs[2] ? scaled.factor : 1;
  const attributes = scaledAttributes(product, scaled.factor, betaFactor, context);
  if (!attributes) return false;
  view.rewrite(node, 'Gemm', product.inputs, attributes);
  view.remove(product);
  node.name = product.name;
  return true;
}

/** Gemm(s · A, B, C) */
function scaleFactor(node: Node, index: 0 | 1, context: PassContext): boolean {
  const { view } = context;
  if (!isMatrixProduct(node, context.types)) return false;
  const name = node.inputs[index] as string;
  const producer = view.producer(name);
  const scaled = producer && scaledOperand(producer, context);
  if (!scaled || view.soleConsumer(name) !== node) return false;
  const attributes = scaledAttributes(node, scaled.factor, 1, context);
  if (!attributes) return false;
  const inputs = node.inputs.map((input, i) => (i === index ? scaled.operand : input));
  view.remove(producer);
  view.rewrite(node, 'Gemm', inputs, attributes);
  return true;
}

/** x and s where a node computes x·s or x÷s⁻¹ of a matrix x. */
function scaledOperand(
  node: Node,
  context: PassContext,
): { operand: string; factor: number } | undefined {
  if (!isOp(node, 'Mul', 'Div')) return undefined;
  const [left, right] = node.inputs as [string, string];
  const rank = (name: string) => context.types.get(name).shape?.length ?? Number.POSITIVE_INFINITY;
  const factor = (name: string, operand: string) => {
    // A factor of two dimensions makes a matrix of a vector, one of three no matrix at all.
    const keepsRank = rank(operand) === 2 && rank(name) <= 2;
    return keepsRank ? scalarValue(context, name) : undefined;
  };
  const behind = factor(right, left);
  if (behind !== undefined)
    return { operand: left, factor: isOp(node, 'Div') ? 1 / behind : behind };
  const front = isOp(node, 'Mul') ? factor(left, right) : undefined;
  return front === undefined ? undefined : { operand: right, factor: front };
}

function scaledAttributes(
  node: Node,
  alphaFactor: number,
  betaFactor: number,
  { types }: PassContext,
) {
  const alpha = attrFloat(node, 'alpha', 1) * alphaFactor;
  const beta = attrFloat(node, 'beta', 1) * betaFactor;
  const double = types.get(node.outputs[0]).dtype === 'float64';
  const usable = [alpha, ...(betaFactor === 1 ? [] : [beta])].every((value) => {
    // An attribute is a float32, whatever the product is of.
    const kept = Math.fround(value);
    if (double && kept !== value) return false;
    // 0, infinity and subnormal numbers would lose what the product was.
    return Number.isFinite(kept) && Math.abs(kept) >= smallestNormal('float32');
  });
  if (!usable) return undefined;
  const attributes = new Map(node.attributes).set('alpha', attr.float(alpha));
  return betaFactor === 1 ? attributes : attributes.set('beta', attr.float(beta));
}
