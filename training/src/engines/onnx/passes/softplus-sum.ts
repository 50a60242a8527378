import { attr, attrInt, type Pass, tensorToBigInts } from '@latentkit/onnx';
import { isOp } from '@latentkit/onnx/passes';
import { intsConstant, sizes } from './match.ts';

/** Factors of a product: each is at least ½, so that the product stays a normal float32. */
const MAX_FACTORS = 64;
const MIN_FACTORS = 4;

/**
 * The cross-entropy from logits sums softplus(l) − x·l. softplus(l) = relu(l) − ln σ(|l|), where σ(|l|)
 * lies in [½, 1]: the logarithm of dozens of such factors multiplied costs one logarithm instead of
 * dozens, and ONNX Runtime's sigmoid is many times faster than its softplus.
 */
export const softplusSum: Pass = {
  name: 'softplus-sum',
  summary: 'Row sums of softplus(l) − m are computed with a logarithm for dozens of elements.',
  apply(context) {
    const { view } = context;
    let rewrites = 0;
    for (const sum of view.nodes()) {
      if (!isOp(sum, 'ReduceSum') || attrInt(sum, 'keepdims', 1) !== 0) continue;
      const axes = view.constant(sum.inputs[1]);
      if (!axes || String(tensorToBigInts(axes)) !== '1') continue;
      const difference = view.producer(sum.inputs[0] as string);
      if (!isOp(difference, 'Sub')) continue;
      const minuend = difference.inputs[0] as string;
      // Images may have been flattened on the way.
      const reshape = view.producer(minuend);
      const flat = isOp(reshape, 'Reshape') ? reshape : undefined;
      const softplus = flat ? view.producer(flat.inputs[0] as string) : reshape;
      const [shape, taken] = [sizes(context, sum.inputs[0]), sizes(context, minuend)];
      if (!isOp(softplus, 'Softplus') || shape?.length !== 2) continue;
      // Spread over several rows, the softplus would count several times.
      if (String(shape) !== String(taken)) continue;
      const [rows, columns] = shape as [number, number];
      const factors = largestDivisor(columns);
      if (factors < MIN_FACTORS) continue;
      const path = [softplus, ...(flat ? [flat] : []), difference, sum];
      const only = path.every((node, i) => {
        const next = path[i + 1];
        return !next || view.soleConsumer(node.outputs[0] as string) === next;
      });
      if (!only) continue;

      const logits = softplus.inputs[0] as string;
      const add = (opType: string, inputs: string[], attributes: Attributes = []) => {
        const output = view.freshName(`${sum.name}_${opType}`);
        view.insertBefore(sum, opType, inputs, [output], attributes);
        return output;
      };
      const noAxis: Attributes = [['keepdims', attr.int(0)]];
      view.rewrite(softplus, 'Relu', [logits]);
      // Factors that lie side by side are multiplied fastest.
      const groups = [rows, columns / factors, factors];
      const grouped = intsConstant(view, `${sum.name}_groups`, groups);
      const sigmoid = add('Sigmoid', [add('Abs', [logits])]);
      const products = add(
        'ReduceProd',
        [add('Reshape', [sigmoid, grouped])],
        [['axes', attr.ints([2])], ...noAxis],
      );
      const logarithms = add(
        'ReduceSum',
        [add('Log', [products]), sum.inputs[1] as string],
        noAxis,
      );
      view.rewrite(sum, 'Sub', [add('ReduceSum', [...sum.inputs], noAxis), logarithms]);
      rewrites++;
    }
    return rewrites;
  },
};

type Attributes = Parameters<Parameters<Pass['apply']>[0]['view']['insertBefore']>[4];

function largestDivisor(of: number): number {
  for (let divisor = MAX_FACTORS; divisor > 1; divisor--) if (of % divisor === 0) return divisor;
  return 1;
}
