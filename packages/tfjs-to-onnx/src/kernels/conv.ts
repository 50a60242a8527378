import { attr } from '@latentkit/onnx';
import type { KernelTable, Lowering } from '../lower/call.ts';
import { elementwise, reshape } from '../lower/shapes.ts';
import type { Value } from '../lower/value.ts';
import {
  fitInput,
  isChannelsFirst,
  spatial,
  toChannelsFirst,
  toChannelsLast,
  windowAttributes,
  windowOf,
} from '../lower/window.ts';
import type { GraphWriter } from '../lower/writer.ts';
import type { Size } from '../trace/size.ts';
import { applyActivation } from './activations.ts';
import { byDepthwiseFilter, byFilter, byInput } from './conv-gradients.ts';
import { channelsFirstShape, depthwiseFilter, filterOutFirst } from './filters.ts';

const convolution =
  (depthwise: boolean): Lowering =>
  (call, g) => {
    const channelsFirst = isChannelsFirst(call);
    const [x, filter] = [call.input('x'), call.input('filter')];
    const kernel = filter.shape.slice(0, -2) as number[];
    const window = windowOf(
      call,
      kernel,
      spatial(x.shape, channelsFirst),
      spatial(call.shape, channelsFirst),
    );
    const fitted = fitInput(g, channelsFirst ? x : toChannelsFirst(g, x), window, 0);
    const { input } = fitted;
    const weights = depthwise ? depthwiseFilter(g, filter) : filterOutFirst(g, filter);
    const channels = input.shape[1] as number;
    const groups = depthwise ? channels : channels / (filter.shape.at(-2) as number);
    const bias = call.optional('bias');
    const inBias = bias !== null && bias.shape.length === 1 && bias.form.kind === 'named';
    const result = channelsFirst ? call.shape : channelsFirstShape(call.shape);
    const output = g.op(
      'Conv',
      inBias ? [input, weights, bias] : [input, weights],
      result,
      'float32',
      {
        ...windowAttributes(fitted.window),
        dilations: attr.ints(window.dilations),
        group: attr.int(groups),
      },
    );
    const own = channelsFirst ? output : toChannelsLast(g, output);
    const biased = bias === null || inBias ? own : addBias(g, own, bias, channelsFirst);
    return applyActivation(call, g, biased);
  };

function addBias(g: GraphWriter, x: Value, bias: Value, channelsFirst: boolean): Value {
  const perChannel = channelsFirst && bias.shape.length === 1;
  const shaped = perChannel
    ? reshape(bias, [bias.shape[0] as Size, ...x.shape.slice(2).map(() => 1)])
    : bias;
  return elementwise(g, 'Add', [x, shaped]);
}

export const conv: KernelTable = {
  Conv2D: convolution(false),
  Conv2DBackpropFilter: byFilter,
  Conv2DBackpropInput: byInput(false),
  Conv3D: convolution(false),
  Conv3DBackpropFilterV2: byFilter,
  Conv3DBackpropInputV2: byInput(false),
  DepthwiseConv2dNative: convolution(true),
  DepthwiseConv2dNativeBackpropFilter: byDepthwiseFilter,
  DepthwiseConv2dNativeBackpropInput: byInput(true),
  FusedConv2D: convolution(false),
  FusedDepthwiseConv2D: convolution(true),
};
