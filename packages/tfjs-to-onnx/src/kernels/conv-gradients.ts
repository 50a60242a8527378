import { attr } from '@latentkit/onnx';
import type { Lowering } from '../lower/call.ts';
import { pad, reshape, reverse, transpose } from '../lower/shapes.ts';
import type { Value } from '../lower/value.ts';
import {
  crop,
  type FixedWindow,
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
import { channelsFirstShape, depthwiseFilter, filterOutFirst } from './filters.ts';

/**
 * The gradient of a convolution by its input, which is also the forward pass of a transposed
 * convolution: dy spread out by the strides and convolved with the same filter.
 */
export const byInput =
  (depthwise: boolean): Lowering =>
  (call, g) => {
    const channelsFirst = isChannelsFirst(call);
    const [dy, filter] = [call.input('dy'), call.input('filter')];
    const wanted = call.sizes('inputShape');
    const kernel = filter.shape.slice(0, -2) as number[];
    const window = windowOf(
      call,
      kernel,
      spatial(wanted, channelsFirst),
      spatial(dy.shape, channelsFirst),
      // A gradient takes the size of a tensor; a transposed convolution makes one out of its input's.
      (size) => !g.hasDimension(size),
    );
    const result = channelsFirst ? wanted : channelsFirstShape(wanted);
    const input = channelsFirst ? dy : toChannelsFirst(g, dy);
    const unstrided = !depthwise && window.strides.every((stride) => stride === 1);
    const own = unstrided
      ? convolveTurned(g, input, filter, fixedWindow(window), result)
      : placeTransposed(g, { dy: input, filter, window, result, depthwise });
    return reshape(channelsFirst ? own : toChannelsLast(g, own), call.shape);
  };

/**
 * Without strides: dy convolved with the filter turned around. ONNX Runtime's Conv takes 0.54 to 0.9 of the
 * time of its ConvTranspose, which adds up its columns on one thread alone; only for pictures of 4 × 4 does it
 * take longer, by a few milliseconds.
 */
function convolveTurned(
  g: GraphWriter,
  dy: Value,
  filter: Value,
  window: FixedWindow,
  result: readonly Size[],
): Value {
  const { kernel, dilations, before, after } = window;
  const rank = filter.shape.length;
  const axes = kernel.map((_, axis) => axis);
  const turned = reverse(
    g,
    filter,
    axes.filter((axis) => (kernel[axis] as number) > 1),
  );
  // [...window, in, out] → [in, out, ...window]
  const weights = transpose(g, turned, [rank - 2, rank - 1, ...axes]);
  const around = (rows: readonly number[]) =>
    rows.map((count, axis) => spanOf(window, axis) - 1 - count);
  const [front, back] = [around(before), around(after)];
  return g.op('Conv', [cutUnreached(g, dy, front, back), weights], result, 'float32', {
    ...windowAttributes({ kernel, strides: window.strides, before: front, after: back }),
    dilations: attr.ints(dilations),
  });
}

interface TransposedParts {
  /** Channels first. */
  readonly dy: Value;
  readonly filter: Value;
  readonly window: Window;
  /** Channels first. */
  readonly result: readonly Size[];
  readonly depthwise: boolean;
}

function placeTransposed(g: GraphWriter, parts: TransposedParts): Value {
  const { dy, filter, window, result, depthwise } = parts;
  const { strides, kernel, dilations, paddings } = window;
  const weights = depthwise ? depthwiseFilter(g, filter) : filterOutFirst(g, filter);
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
    const windows = dy.shape[i] as Size;
    return sizeFrom(
      windows,
      (trace) => (sizeIn(windows, trace) - 1) * (strides[axis] as number) + spanOf(window, axis),
    );
  });
  const output = g.op('ConvTranspose', [dy, weights], shape, 'float32', {
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
  return isMoving.some(Boolean) ? padBySize(g, full, rows, 0) : full;
}

/**
 * The gradient of a convolution by its filter: the input convolved with dy, where the batch takes the
 * place of the channels, and strides that of dilations. The channels of the input lie side by side in its
 * columns, so that one window of dy, its columns as far apart as there are channels, meets them all: what
 * comes out for a row of the filter is one row of columns × channels. ONNX Runtime copies what a window
 * meets row by row, and rows as long as these take what the forward pass takes; with the channels as the
 * batch, which is the usual way, rows are as long as the filter is wide, and it takes 1.2 to 3.6 times that.
 */
export const byFilter: Lowering = (call, g) => {
  const channelsFirst = isChannelsFirst(call);
  const [x, dy] = [call.input('x'), call.input('dy')].map((value) =>
    channelsFirst ? toChannelsLast(g, value) : value,
  ) as [Value, Value];
  const shape = call.numbers('filterShape');
  const kernel = shape.slice(0, -2);
  const [channels, outputs] = shape.slice(-2) as [number, number];
  const window = fixedWindow(
    windowOf(call, kernel, spatial(x.shape, false), spatial(dy.shape, false)),
  );
  const perChannel = (counts: readonly number[]) =>
    counts.map((count, axis) => (axis === counts.length - 1 ? count * channels : count));
  const columns = sizeProduct([x.shape.at(-2) as Size, channels]);
  const rows = reshape(x, [1, ...x.shape.slice(0, -2), columns]);
  const wide = {
    ...window,
    strides: perChannel(window.strides),
    before: perChannel(window.before),
    after: perChannel(window.after),
  };
  const last = shape.length - 1;
  const outputsFirst = transpose(g, dy, [last, ...shape.slice(0, -1).map((_, axis) => axis)]);
  const product = correlate(g, rows, outputsFirst, wide, perChannel(kernel), 1);
  // [1, out, ...window, in] → [...window, in, out]
  const matrix = reshape(product, [
    outputs,
    shape.slice(0, -1).reduce((size, count) => size * count, 1),
  ]);
  return reshape(transpose(g, matrix, [1, 0]), shape);
};

/** The gradient of a depthwise convolution by its filter, each channel of its own: the channels become groups, the batch the channels. */
export const byDepthwiseFilter: Lowering = (call, g) => {
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
  const input = cutUnreached(g, x, window.before, window.after);
  const outputs = dy.shape[0] as Size;
  const batch = x.shape[0] as Size;
  return g.op('Conv', [input, dy], [batch, outputs, ...kernel], 'float32', {
    strides: attr.ints(window.dilations),
    dilations: attr.ints(window.strides),
    pads: attr.ints([...window.before, ...window.after].map((rows) => Math.max(0, rows))),
    group: attr.int(groups),
  });
}

/** Rows that no window reaches, where paddings are negative, are cut off first: ONNX knows no such padding. */
function cutUnreached(
  g: GraphWriter,
  x: Value,
  before: readonly number[],
  after: readonly number[],
): Value {
  const cut = (rows: readonly number[]) => rows.map((count) => Math.max(0, -count));
  return crop(g, x, cut(before), cut(after));
}
