import { attr, attrFloat, type Pass } from '@latentkit/onnx';
import { isOp } from '@latentkit/onnx/passes';
import { scaled } from './match.ts';

/**
 * A factor on a value that only matrix products read goes into each of them as its alpha. (The general
 * pass does that where one product reads the value; here it may be several.)
 */
export const sinkScaleIntoProducts: Pass = {
  name: 'sink-scale-into-products',
  summary: 'A constant factor on what several Gemms read goes into their alphas.',
  apply({ view }) {
    let rewrites = 0;
    for (const node of view.nodes()) {
      const scale = scaled(view, node);
      const value = node.outputs[0] as string;
      if (!scale || view.isPinned(value)) continue;
      const consumers = view.consumers(value);
      const factors = (inputs: readonly string[]) =>
        [0, 1].filter((index) => inputs[index] === value).length;
      const absorbed = consumers.every(
        (consumer) => isOp(consumer, 'Gemm') && consumer.inputs[2] !== value,
      );
      if (consumers.length === 0 || !absorbed) continue;
      for (const product of consumers) {
        const alpha = attrFloat(product, 'alpha', 1) * scale.factor ** factors(product.inputs);
        const inputs = product.inputs.map((name) => (name === value ? scale.operand : name));
        view.rewrite(
          product,
          'Gemm',
          inputs,
          new Map(product.attributes).set('alpha', attr.float(alpha)),
        );
      }
      view.remove(node);
      rewrites++;
    }
    return rewrites;
  },
};
