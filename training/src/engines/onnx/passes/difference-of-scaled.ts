import type { Node, Pass, PassContext } from '@latentkit/onnx';
import { isOp } from '@latentkit/onnx/passes';
import { orders, scalarConstant, scaled, sizes } from './match.ts';

/**
 * a·c − b·c is (a − b)·c: one operation on all elements less. So the gradient of a mean over the batch comes out of tfjs
 * (with −c for one of them), whose factor may go into matrix products then, and that of an average with weights.
 */
export const differenceOfScaled: Pass = {
  name: 'difference-of-scaled',
  summary: 'Add(a·(−c), b·c) and Sub(b·c, a·c) become (b − a)·c.',
  apply(context) {
    let rewrites = 0;
    for (const node of context.view.nodes()) {
      const found = isOp(node, 'Add')
        ? ofConstants(node, context)
        : isOp(node, 'Sub') && ofValues(node, context);
      if (!found) continue;
      const { view } = context;
      const difference = view.freshName(`${node.name}_difference`);
      view.insertBefore(node, 'Sub', [found.plus, found.minus], [difference]);
      view.rewrite(node, 'Mul', [difference, found.factor()]);
      rewrites++;
    }
    return rewrites;
  },
};

interface Found {
  readonly plus: string;
  readonly minus: string;
  readonly factor: () => string;
}

/** The two Muls that a node reads, where nothing else does. */
function products(node: Node, { view }: PassContext): readonly [Node, Node] | undefined {
  const [left, right] = (node.inputs as [string, string]).map((name) => {
    const product = view.producer(name);
    return isOp(product, 'Mul') && view.soleConsumer(name) === node ? product : undefined;
  });
  return left && right && [left, right];
}

function ofConstants(node: Node, context: PassContext): Found | undefined {
  const { view } = context;
  const [a, b] = (products(node, context) ?? []).map((product) => scaled(view, product));
  if (!a || !b || a.factor !== -b.factor) return undefined;
  const [plus, minus] = a.factor > 0 ? [a, b] : [b, a];
  const factor = () => scalarConstant(view, `${node.name}_factor`, plus.factor);
  return { plus: plus.operand, minus: minus.operand, factor };
}

function ofValues(node: Node, context: PassContext): Found | undefined {
  const [left, right] = products(node, context) ?? [];
  if (!left || !right) return undefined;
  for (const [factor, plus] of orders(left)) {
    for (const [other, minus] of orders(right)) {
      // Of one shape: a difference of others may be larger than either product.
      const shape = sizes(context, plus);
      if (factor !== other || !shape || String(shape) !== String(sizes(context, minus))) continue;
      return { plus, minus, factor: () => factor };
    }
  }
  return undefined;
}
