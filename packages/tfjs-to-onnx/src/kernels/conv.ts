import { attr } from '@latentkit/onnx';
import type { KernelCall, KernelTable, Lowering } from '../lower/call.ts';
import { elementwise, pad, reshape, transpose } from '../lower/shapes.ts';
import type { Value } from '../lower/value.ts';
import {
  crop,
  type FixedWindow,
  fitInput,
  fixedWindow,
  isChannelsFirst,
  padBySize,
  type RowsBySize,
  spanOf,
  spatial,
  toChannelsFirst,
  toChannelsLast,
  type Window,
  windowAttributes,
  windowOf,
} from '../lower/window.ts';
import type { GraphWriter } from '../lower/writer.ts';
import { type Size, sizeFrom, sizeIn, sizeProduct, sizeSum } from '../trace/size.ts';
import { applyActivation } from './activations.ts';

/** tfjs keeps filters as [...window, in, out]; ONNX as [out, in, ...window]. */
export function filterOutFirst(g: GraphWriter, filter: Value): Value {
  const rank = filter.shape.length;
  return transpose(g, filter, [
    rank - 1,
    rank - 2,
    ...Array.from({ length: rank - 2 }, (_, i) => i),
  ]);
}

/** Depthwise filters [...window, in, multiplier] as a grouped convolution's [in·multiplier, 1, ...window]. */
export function depthwiseFilter(g: GraphWriter, filter: Value): Value {
  const rank = filter.shape.length;
  const [channels, multiplier] = filter.shape.slice(-2) as [number, number];
  const window = filter.shape.slice(0, -2);
  const moved = transpose(g, filter, [
    rank - 2,
    rank - 1,
    ...Array.from({ length: rank - 2 }, (_, i) => i),
  ]);
  return reshape(moved, [channels * multiplier, 1, ...window]);
}

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
    const result = channelsFirst ? call.shape : firstShape(call.shape);
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

const firstShape = (shape: readonly Size[]): Size[] => [
  shape[0] as Size,
  shape.at(-1) as Size,
  ...shape.slice(1, -1),
];

function addBias(g: GraphWriter, x: Value, bias: Value, channelsFirst: boolean): Value {
  const perChannel = channelsFirst && bias.shape.length === 1;
  const shaped = perChannel
    ? reshape(bias, [bias.shape[0] as Size, ...x.shape.slice(2).map(() => 1)])
    : bias;
  return elementwise(g, 'Add', [x, shaped]);
}

/**
 * The gradient of a convolution by its input, which is also the forward pass of a transposed
 * convolution: dy spread out by the strides and convolved with the same filter.
 */
const transposed =
  (depthwise: boolean, shapeAttribute: string): Lowering =>
  (call, g) => {
    const channelsFirst = isChannelsFirst(call);
    const [dy, filter] = [call.input('dy'), call.input('filter')];
    const wanted = call.sizes(shapeAttribute);
    const kernel = filter.shape.slice(0, -2) as number[];
    const window = windowOf(
      call,
      kernel,
      spatial(wanted, channelsFirst),
      spatial(dy.shape, channelsFirst),
      // A gradient takes the size of a tensor; a transposed convolution makes one out of its input's.
      (size) => !g.hasDimension(size),
    );
    const weights = depthwise ? depthwiseFilter(g, filter) : filterOutFirst(g, filter);
    const result = channelsFirst ? wanted : firstShape(wanted);
    return placeTransposed(call, g, { dy, weights, window, result, channelsFirst, depthwise });
  };

interface TransposedParts {
  readonly dy: Value;
  /** [channels of dy, channels of the result in each group, ...window] */
  readonly weights: Value;
  readonly window: Window;
  /** Channels first. */
  readonly result: readonly Size[];
  readonly channelsFirst: boolean;
  readonly depthwise: boolean;
}

function placeTransposed(call: KernelCall, g: GraphWriter, parts: TransposedParts): Value {
  const { dy, weights, window, result, channelsFirst, depthwise } = parts;
  const { strides, kernel, dilations, paddings } = window;
  const input = channelsFirst ? dy : toChannelsFirst(g, dy);
  const isMoving = paddings.map(({ before }) => before.length > 1);
  // Rows that follow the size are cut off, or made, behind.
  const before = paddings.map((rows, axis) => (isMoving[axis] ? 0 : (rows.before[0] as number)));
  const after = paddings.map((rows, axis) => (isMoving[axis] ? 0 : (rows.after[0] as number)));
  // Rows that the forward pass skipped or left over have no gradient: they are made behind, as output
  // padding where ONNX allows it (less than a stride), and else by padding the result.
  const pads = [...before, ...after].map((rows) => Math.max(0, rows));
  const missing = after.map((rows) => Math.max(0, -rows));
  const skipped = before.map((rows) => Math.max(0, -rows));
  const asOutputPadding = missing.every((rows, axis) => rows < (strides[axis] as number));
  const rest = asOutputPadding ? missing.map(() => 0) : missing;
  const shape = result.map((size, i): Size => {
    const axis = i - 2;
    if (axis < 0) return size;
    if (!isMoving[axis]) return sizeSum(size, -(rest[axis] as number) - (skipped[axis] as number));
    const windows = input.shape[i] as Size;
    return sizeFrom(
      windows,
      (trace) => (sizeIn(windows, trace) - 1) * (strides[axis] as number) + spanOf(window, axis),
    );
  });
  const output = g.op('ConvTranspose', [input, weights], shape, 'float32', {
    kernel_shape: attr.ints(kernel),
    strides: attr.ints(strides),
    dilations: attr.ints(dilations),
    pads: attr.ints(pads),
    output_padding:
      asOutputPadding && missing.some((rows) => rows > 0) ? attr.ints(missing) : undefined,
    group: attr.int(depthwise ? (result[1] as number) : 1),
  });
  const sized = result.map((size, i) => (isMoving[i - 2] ? (shape[i] as Size) : size));
  const full = pad(g, output, [0, 0, ...skipped, 0, 0, ...rest], sized);
  const rows = paddings.map((padding, axis): RowsBySize | null => {
    if (!isMoving[axis]) return null;
    const size = result[axis + 2] as Size;
    return {
      front: padding.before.map((count) => -count),
      back: padding.after.map((count) => -count),
      size,
      sizeName: g.sizeTensor(size),
      stride: strides[axis] as number,
    };
  });
  const cut = isMoving.some(Boolean) ? padBySize(g, full, rows, 0) : full;
  const own = channelsFirst ? cut : toChannelsLast(g, cut);
  return reshape(own, call.shape);
}

/**
 * The gradient of a convolution by its filter: the input convolved with dy, where the channels of
 * both take the place of the batch, and strides and dilations change places.
 */
const byFilter: Lowering = (call, g) => {
  const channelsFirst = isChannelsFirst(call);
  const [x, dy] = [call.input('x'), call.input('dy')].map((value) =>
    channelsFirst ? value : toChannelsFirst(g, value),
  ) as [Value, Value];
  const shape = call.numbers('filterShape');
  const kernel = shape.slice(0, -2);
  const window = fixedWindow(windowOf(call, kernel, x.shape.slice(2), dy.shape.slice(2)));
  const swap = (value: Value) =>
    transpose(g, value, [1, 0, ...value.shape.slice(2).map((_, i) => i + 2)]);
  const product = correlate(g, swap(x), swap(dy), window, kernel, 1);
  // [in, out, ...window] → [...window, in, out]
  return transpose(g, product, [...kernel.map((_, i) => i + 2), 0, 1]);
};

/** As `byFilter`, each channel of its own: the channels become groups, the batch the channels. */
const byDepthwiseFilter: Lowering = (call, g) => {
  const [x, dy] = [call.input('x'), call.input('dy')].map((value) => toChannelsFirst(g, value)) as [
    Value,
    Value,
  ];
  const shape = call.numbers('filterShape');
  const kernel = shape.slice(0, -2);
  const [channels, multiplier] = shape.slice(-2) as [number, number];
  const window = fixedWindow(windowOf(call, kernel, x.shape.slice(2), dy.shape.slice(2)));
  const swap = (value: Value) => transpose(g, value, [1, 0, 2, 3]);
  const batch = x.shape[0] as Size;
  const stacked = reshape(swap(x), [1, sizeProduct([batch, channels]), ...x.shape.slice(2)]);
  const product = correlate(g, stacked, swap(dy), window, kernel, channels);
  const split = reshape(product, [channels, multiplier, ...kernel]);
  return transpose(g, split, [2, 3, 0, 1]);
};

function correlate(
  g: GraphWriter,
  x: Value,
  dy: Value,
  window: FixedWindow,
  kernel: readonly number[],
  groups: number,
): Value {
  const cut = (rows: readonly number[]) => rows.map((count) => Math.max(0, -count));
  // Rows that no window reaches are cut off first: ONNX knows no negative padding.
  const input = crop(g, x, cut(window.before), cut(window.after));
  const outputs = dy.shape[0] as Size;
  const batch = x.shape[0] as Size;
  return g.op('Conv', [input, dy], [batch, outputs, ...kernel], 'float32', {
    strides: attr.ints(window.dilations),
    dilations: attr.ints(window.strides),
    pads: attr.ints([...window.before, ...window.after].map((rows) => Math.max(0, rows))),
    group: attr.int(groups),
  });
}

export const conv: KernelTable = {
  Conv2D: convolution(false),
  Conv2DBackpropFilter: byFilter,
  Conv2DBackpropInput: transposed(false, 'inputShape'),
  Conv3D: convolution(false),
  Conv3DBackpropFilterV2: byFilter,
  Conv3DBackpropInputV2: transposed(false, 'inputShape'),
  DepthwiseConv2dNative: convolution(true),
  DepthwiseConv2dNativeBackpropFilter: byDepthwiseFilter,
  DepthwiseConv2dNativeBackpropInput: transposed(true, 'inputShape'),
  FusedConv2D: convolution(false),
  FusedDepthwiseConv2D: convolution(true),
};
