import type { Pass } from '@latentkit/onnx';
import { isOp } from '@latentkit/onnx/passes';
import { scalarConstant, scaled } from './match.ts';

/**
 * a·c − b·c, as the gradient of a mean over the batch comes out of tfjs (with −c for one of them), is
 * (a − b)·c: one operation on all elements less, and a factor that may go into matrix products.
 */
export const differenceOfScaled: Pass = {
  name: 'difference-of-scaled',
  summary: 'Add(a·(−c), b·c) becomes (b − a)·c.',
  apply({ view }) {
    let rewrites = 0;
    for (const node of view.nodes()) {
      if (!isOp(node, 'Add')) continue;
      const [left, right] = node.inputs as [string, string];
      const a = scaled(view, view.producer(left));
      const b = scaled(view, view.producer(right));
      if (!a || !b || a.factor !== -b.factor) continue;
      if (view.soleConsumer(left) !== node || view.soleConsumer(right) !== node) continue;
      const difference = view.freshName(`${node.name}_difference`);
      const [plus, minus] = a.factor > 0 ? [a, b] : [b, a];
      view.insertBefore(node, 'Sub', [plus.operand, minus.operand], [difference]);
      const factor = scalarConstant(view, `${node.name}_factor`, plus.factor);
      view.rewrite(node, 'Mul', [difference, factor]);
      rewrites++;
    }
    return rewrites;
  },
};
