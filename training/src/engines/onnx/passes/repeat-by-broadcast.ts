import type { Pass } from '@latentkit/onnx';
import { isOp } from '@latentkit/onnx/passes';
import { intsConstant, repeatedRows, sizes } from './match.ts';

/**
 * Each item counts k times in an importance-weighted bound, and tfjs repeats its row k times to compare it with k
 * reconstructions. An operation that takes two shapes reads the row k times instead, and none is written.
 */
export const repeatByBroadcast: Pass = {
  name: 'repeat-by-broadcast',
  summary: 'Products and differences with repeated rows read each row several times.',
  apply(context) {
    const { view } = context;
    let rewrites = 0;
    for (const node of view.nodes()) {
      if (!isOp(node, 'Mul', 'Sub')) continue;
      const shapeOf = (name: string) => String(sizes(context, name));
      const [left, right] = node.inputs as [string, string];
      if (shapeOf(left) !== shapeOf(right)) continue;
      const [first, second] = [left, right].map((name) => repeatedRows(context, name));
      const repeated = first ?? second;
      if (!repeated) continue;
      const { rows, shape } = repeated;
      const fresh = (what: string) => view.freshName(`${node.name}_${what}`);
      const [spread, result] = [fresh('spread'), fresh('result')];
      const spreadShape = intsConstant(view, `${node.name}_shape`, shape);
      const flatShape = intsConstant(view, `${node.name}_shape`, [shape[0] * shape[1], shape[2]]);
      view.insertBefore(node, 'Reshape', [first ? right : left, spreadShape], [spread]);
      const operands = first ? [rows, spread] : [spread, rows];
      view.insertBefore(node, node.opType, operands, [result]);
      view.rewrite(node, 'Reshape', [result, flatShape]);
      rewrites++;
    }
    return rewrites;
  },
};
