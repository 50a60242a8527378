import { attr } from '@latentkit/onnx';
import type { KernelTable, Lowering } from '../lower/call.ts';
import { elementwise, reshape } from '../lower/shapes.ts';
import type { Value } from '../lower/value.ts';
import { toChannelsFirst, toChannelsLast } from '../lower/window.ts';
import type { GraphWriter } from '../lower/writer.ts';
import { isStatic, type Size, sameSize } from '../trace/size.ts';

/**
 * (x − mean)·scale/√(variance + ε) + offset. With one number for each channel it is ONNX's own
 * operator, which runtimes and passes fold into the convolution before it; otherwise (layer
 * normalisation comes here too) it is written out.
 */
const batchNorm: Lowering = (call, g) => {
  const x = unfolded(call.input('x'));
  const [mean, variance] = [call.input('mean'), call.input('variance')];
  const [scale, offset] = [call.optional('scale'), call.optional('offset')];
  const epsilon = call.number('varianceEpsilon', 0.001);
  const channels = x.shape.at(-1) as Size;
  const parameters = [scale, offset, mean, variance];
  const perChannel =
    isStatic(channels) &&
    parameters.every(
      (value) => value === null || (value.shape.length === 1 && value.shape[0] === channels),
    );
  if (!perChannel) return written(g, call.input('x'), { mean, variance, scale, offset, epsilon });
  const filled = (value: Value | null, number: number) =>
    value ?? g.uniform(number, [channels], 'float32');
  const inputs = [filled(scale, 1), filled(offset, 0), mean, variance];
  // Positions of size 1 are left out: a vector for each item is what a dense layer gives.
  const flat = x.shape.slice(1, -1).every((size) => size === 1);
  const input = flat ? reshape(x, [x.shape[0] as Size, channels]) : toChannelsFirst(g, x);
  const output = g.op('BatchNormalization', [input, ...inputs], input.shape, 'float32', {
    epsilon: attr.float(epsilon),
  });
  return reshape(flat ? output : toChannelsLast(g, output), call.shape);
};

/** What stands behind a reshape that tfjs put around it to have four dimensions, where it has the same channels. */
const unfolded = (x: Value): Value =>
  x.form.kind === 'reshape' &&
  x.form.base.shape.length > 1 &&
  sameSize(x.form.base.shape.at(-1) as Size, x.shape.at(-1) as Size)
    ? x.form.base
    : x;

interface Parameters {
  readonly mean: Value;
  readonly variance: Value;
  readonly scale: Value | null;
  readonly offset: Value | null;
  readonly epsilon: number;
}

function written(g: GraphWriter, x: Value, p: Parameters): Value {
  const shifted = elementwise(g, 'Add', [p.variance, g.scalar(p.epsilon)]);
  const deviation = elementwise(g, 'Sqrt', [shifted]);
  const centred = elementwise(g, 'Sub', [x, p.mean]);
  const normal = elementwise(g, 'Div', [centred, deviation]);
  const scaled = p.scale === null ? normal : elementwise(g, 'Mul', [normal, p.scale]);
  return p.offset === null ? scaled : elementwise(g, 'Add', [scaled, p.offset]);
}

export const normalization: KernelTable = { FusedBatchNorm: batchNorm };
