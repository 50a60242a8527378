import { attr } from '@latentkit/onnx';
import { onNumbers } from '../lower/bools.ts';
import type { KernelCall, KernelTable } from '../lower/call.ts';
import { cast, elementwise } from '../lower/shapes.ts';
import { Unsupported } from '../lower/unsupported.ts';
import type { Value } from '../lower/value.ts';
import type { GraphWriter } from '../lower/writer.ts';

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

const relu = (g: GraphWriter, x: Value): Value =>
  x.dtype === 'float32'
    ? elementwise(g, 'Relu', [x])
    : elementwise(g, 'Max', [x, g.scalar(0, x.dtype)]);

const relu6 = (g: GraphWriter, x: Value): Value =>
  elementwise(g, 'Clip', [x, g.scalar(0, x.dtype), g.scalar(6, x.dtype)]);

const leakyRelu = (g: GraphWriter, x: Value, alpha: number): Value =>
  elementwise(g, 'LeakyRelu', [cast(g, x, 'float32')], 'float32', { alpha: attr.float(alpha) });

/** Of ONNX's element-wise operators the one that broadcasts one way only: x must have the full shape. */
const prelu = (g: GraphWriter, x: Value, alpha: Value): Value =>
  g.op('PRelu', [x, alpha], x.shape, 'float32');

/** What the fused kernels apply to their result. */
export function applyActivation(call: KernelCall, g: GraphWriter, value: Value): Value {
  const activation = call.string('activation', 'linear');
  switch (activation) {
    case 'linear':
      return value;
    case 'relu':
      return relu(g, value);
    case 'relu6':
      return relu6(g, value);
    case 'elu':
      return elementwise(g, 'Elu', [value]);
    case 'sigmoid':
      return elementwise(g, 'Sigmoid', [value]);
    case 'leakyrelu':
      return leakyRelu(g, value, call.number('leakyreluAlpha', 0.2));
    case 'prelu':
      return prelu(g, value, call.input('preluActivationWeights'));
    default:
      throw new Unsupported(`the fused activation '${activation}' is not known`);
  }
}

export const activations: KernelTable = onNumbers({
  Elu: (call, g) => elementwise(g, 'Elu', [call.input('x')]),
  /** dy where y ≥ 0, else dy·(y + 1). */
  EluGrad: (call, g) => {
    const dy = call.input('dy');
    const y = call.input('y');
    const slope = elementwise(g, 'Add', [elementwise(g, 'Min', [y, g.scalar(0)]), g.scalar(1)]);
    return elementwise(g, 'Mul', [dy, slope]);
  },
  LeakyRelu: (call, g) => leakyRelu(g, call.input('x'), call.number('alpha', 0.2)),
  Prelu: (call, g) => {
    const [x, alpha] = [call.input('x'), call.input('alpha')];
    return prelu(g, cast(g, x, 'float32'), cast(g, alpha, 'float32'));
  },
  Relu: (call, g) => relu(g, call.input('x')),
  Relu6: (call, g) => relu6(g, call.input('x')),
  Selu: (call, g) => {
    const value = elementwise(g, 'Selu', [cast(g, call.input('x'), 'float32')], 'float32', {
      alpha: attr.float(SELU_ALPHA),
      gamma: attr.float(SELU_SCALE),
    });
    return cast(g, value, call.dtype);
  },
  Sigmoid: (call, g) => elementwise(g, 'Sigmoid', [call.input('x')]),
  /** tfjs knows softmax over the last axis alone. */
  Softmax: (call, g) => {
    const x = cast(g, call.input('logits'), 'float32');
    return g.op('Softmax', [x], x.shape, 'float32', { axis: attr.int(-1) });
  },
  Softplus: (call, g) =>
    cast(g, elementwise(g, 'Softplus', [cast(g, call.input('x'), 'float32')]), call.dtype),
  Tanh: (call, g) => elementwise(g, 'Tanh', [call.input('x')]),
});
