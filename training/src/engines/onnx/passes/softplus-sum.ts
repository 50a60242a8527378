import { attr, attrInt, attrInts, type Pass, tensorToBigInts } from '@latentkit/onnx';
import { intsConstant, isOp, scalarConstant, sizes } from './match.ts';

/** Factors of a product: each is at least ½, so that the product stays a normal float32. */
const MAX_FACTORS = 64;
const MIN_FACTORS = 8;

/**
 * The cross-entropy from logits sums softplus(l) − x·l. softplus(l) = relu(l) − ln σ(|l|), where σ(|l|)
 * lies in [½, 1]: the logarithm of dozens of such factors multiplied costs one logarithm instead of
 * dozens, and ONNX Runtime's sigmoid is many times faster than its softplus.
 */
export const softplusSum: Pass = {
  name: 'softplus-sum',
  summary:
    'The mean of row sums of softplus(l) − m is computed with a logarithm for every 64 elements.',
  apply(context) {
    const { view } = context;
    let rewrites = 0;
    for (const node of view.nodes()) {
      if (!isOp(node, 'ReduceMean') || String(attrInts(node, 'axes')) !== '0') continue;
      const sum = view.producer(node.inputs[0] as string);
      if (!isOp(sum, 'ReduceSum') || attrInt(sum, 'keepdims', 1) !== 0) continue;
      const axes = view.constant(sum.inputs[1]);
      if (!axes || String(tensorToBigInts(axes)) !== '1') continue;
      const difference = view.producer(sum.inputs[0] as string);
      const softplus = isOp(difference, 'Sub')
        ? view.producer(difference.inputs[0] as string)
        : undefined;
      const shape = sizes(context, sum.inputs[0]);
      if (!difference || !isOp(softplus, 'Softplus') || shape?.length !== 2) continue;
      const [rows, columns] = shape as [number, number];
      const factors = largestDivisor(rows * columns);
      if (factors < MIN_FACTORS) continue;
      if (view.soleConsumer(softplus.outputs[0] as string) !== difference) continue;
      if (view.soleConsumer(difference.outputs[0] as string) !== sum) continue;
      if (view.soleConsumer(sum.outputs[0] as string) !== node) continue;

      const logits = softplus.inputs[0] as string;
      const add = (
        opType: string,
        inputs: string[],
        attributes: Parameters<typeof view.insertBefore>[4] = [],
      ) => {
        const output = view.freshName(`${node.name}_${opType}`);
        view.insertBefore(node, opType, inputs, [output], attributes);
        return output;
      };
      const noAxis = ['keepdims', attr.int(0)] as const;
      view.rewrite(softplus, 'Relu', [logits]);
      const mean = add('ReduceMean', [...node.inputs], node.attributes);
      const sigmoid = add('Sigmoid', [add('Abs', [logits])]);
      const groups = intsConstant(view, `${node.name}_groups`, [
        factors,
        (rows * columns) / factors,
      ]);
      const products = add(
        'ReduceProd',
        [add('Reshape', [sigmoid, groups])],
        [['axes', attr.ints([0])], [...noAxis]],
      );
      const logarithms = add('ReduceSum', [add('Log', [products])], [[...noAxis]]);
      const share = scalarConstant(view, `${node.name}_share`, 1 / rows);
      view.rewrite(node, 'Sub', [mean, add('Mul', [logarithms, share])]);
      rewrites++;
    }
    return rewrites;
  },
};

function largestDivisor(of: number): number {
  for (let divisor = MAX_FACTORS; divisor > 1; divisor--) if (of % divisor === 0) return divisor;
  return 1;
}
