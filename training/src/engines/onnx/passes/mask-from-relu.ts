import { attr, attrInt, type Pass } from '@latentkit/onnx';
import { isOp } from '@latentkit/onnx/passes';
import { scalar } from './match.ts';

/** The largest float32. */
const STEEP = 3.4028234663852886e38;

/**
 * The gradient of a ReLU keeps what lies above 0. tfjs asks that of the value before the ReLU, which
 * stands in the way of running a matrix product and its ReLU as one, and in two operations. The value
 * behind the ReLU tells the same, and a hard sigmoid steep as can be is 0 at 0 and 1 above: one operation.
 */
export const maskFromRelu: Pass = {
  name: 'mask-from-relu',
  summary: 'Cast(x > 0) beside Relu(x) becomes a steep HardSigmoid of the Relu’s result.',
  apply({ view }) {
    let rewrites = 0;
    for (const node of view.nodes()) {
      if (!isOp(node, 'Cast') || attrInt(node, 'to') !== 1) continue;
      const greater = view.producer(node.inputs[0] as string);
      if (!isOp(greater, 'Greater') || scalar(view, greater.inputs[1]) !== 0) continue;
      const before = greater.inputs[0] as string;
      const relu = view.consumers(before).find((consumer) => isOp(consumer, 'Relu'));
      if (!relu) continue;
      view.rewrite(
        node,
        'HardSigmoid',
        [relu.outputs[0] as string],
        [
          ['alpha', attr.float(STEEP)],
          ['beta', attr.float(0)],
        ],
      );
      rewrites++;
    }
    return rewrites;
  },
};
