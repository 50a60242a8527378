import { attr } from '@latentkit/onnx';
import type { KernelCall, KernelTable, Lowering } from '../lower/call.ts';
import { cast, elementwise, pad, reshape } from '../lower/shapes.ts';
import { Unsupported } from '../lower/unsupported.ts';
import type { Value } from '../lower/value.ts';
import {
  crop,
  fitInput,
  fixedWindow,
  isChannelsFirst,
  spatial,
  toChannelsFirst,
  toChannelsLast,
  type Window,
  windowAttributes,
  windowOf,
} from '../lower/window.ts';
import type { GraphWriter } from '../lower/writer.ts';
import { isStatic, type Size, sizeProduct } from '../trace/size.ts';

/** The window of a pooling: one number stands for all of its sides. */
function poolWindow(call: KernelCall, large: readonly Size[], small: readonly Size[]): Window {
  const given = call.numbers('filterSize');
  const kernel = large.map((_, axis) => given[axis] ?? (given[0] as number));
  return windowOf(call, kernel, large, small);
}

/** Padding never wins over what is in a window. */
const LOWEST = Number.NEGATIVE_INFINITY;

const pooling =
  (opType: 'MaxPool' | 'AveragePool'): Lowering =>
  (call, g) => {
    const channelsFirst = isChannelsFirst(call);
    const x = cast(g, call.input('x'), 'float32');
    const moving = poolWindow(
      call,
      spatial(x.shape, channelsFirst),
      spatial(call.shape, channelsFirst),
    );
    refuseEmptyWindows(moving);
    const isMax = opType === 'MaxPool';
    const first = channelsFirst ? x : toChannelsFirst(g, x);
    const { input, window, surround } = fitInput(g, first, moving, isMax ? LOWEST : 0);
    const small = spatial(call.shape, channelsFirst);
    const attributes = {
      ...windowAttributes(window),
      ...(isMax ? {} : { count_include_pad: attr.int(0) }),
    };
    const pooled = (value: Value) =>
      g.op(opType, [value], [...value.shape.slice(0, 2), ...small], 'float32', attributes);
    const output = pooled(input);
    // Padding that is part of the tensor counts in its averages: they are divided by those of ones.
    const own =
      isMax || surround === null
        ? output
        : elementwise(g, 'Div', [output, pooled(surround(onesLike(g, first), 0))]);
    return cast(g, channelsFirst ? own : toChannelsLast(g, own), call.dtype);
  };

/**
 * @throws Unsupported where a window lies in the padding: tfjs counts the windows of both sides by the height of the window and
 *   its stride where the padding is one number
 */
function refuseEmptyWindows({ kernel, paddings }: Window): void {
  const isEmpty = paddings.some(({ before, after }, axis) =>
    [...before, ...after].some((rows) => rows >= (kernel[axis] as number)),
  );
  if (!isEmpty) return;
  throw new Unsupported(
    'tfjs has windows there that lie in the padding alone and give no number: it counts those of a padding by one number by the height of the window and its stride, for the width too. Pad with tf.pad before it, or give the padding of each side ([[0, 0], [top, bottom], [left, right], [0, 0]])',
  );
}

const onesLike = (g: GraphWriter, x: Value): Value =>
  g.uniform(1, [1, 1, ...x.shape.slice(2)], 'float32');

/**
 * Each output's gradient goes to every row of its window in equal parts. As tfjs has it, the part is
 * one by the whole window, also where padding was not counted in the forward pass.
 */
const averageGradient: Lowering = (call, g) => {
  const input = call.input('input');
  const dy = toChannelsFirst(g, call.input('dy'));
  const wanted = spatial(input.shape, false);
  const window = fixedWindow(poolWindow(call, wanted, dy.shape.slice(2)));
  if (window.before.some((rows) => rows < 0)) throw new Unsupported('rows are skipped in front');
  // Every channel of every image for itself.
  const planes = sizeProduct(dy.shape.slice(0, 2));
  const flat = reshape(dy, [planes, 1, ...dy.shape.slice(2)]);
  const elements = window.kernel.reduce((product, size) => product * size, 1);
  const weights = g.constant(
    Array(elements).fill(1 / elements),
    [1, 1, ...window.kernel],
    'float32',
  );
  const missing = window.after.map((rows) => Math.max(0, -rows));
  const asOutputPadding = missing.every((rows, axis) => rows < (window.strides[axis] as number));
  const made = wanted.map((size, axis) =>
    asOutputPadding || missing[axis] === 0 ? size : staticSize(size) - (missing[axis] as number),
  );
  const spreadOut = g.op('ConvTranspose', [flat, weights], [planes, 1, ...made], 'float32', {
    ...windowAttributes(window),
    output_padding:
      asOutputPadding && missing.some((rows) => rows > 0) ? attr.ints(missing) : undefined,
  });
  const rest = asOutputPadding ? missing.map(() => 0) : missing;
  const amounts = [...Array<number>(wanted.length + 4).fill(0), ...rest];
  const full = pad(g, spreadOut, amounts, [planes, 1, ...wanted]);
  return toChannelsLast(g, reshape(full, [...dy.shape.slice(0, 2), ...wanted]));
};

const staticSize = (size: Size): number => {
  if (isStatic(size)) return size;
  throw new Unsupported('the pooled dimension is dynamic');
};

/**
 * Each output's gradient goes to the largest element of its window. Of equal ones tfjs takes the first
 * in two dimensions, as ONNX does, and the last in three: there both tensors are turned around.
 */
const maxGradient: Lowering = (call, g) => {
  const volume = call.shape.length === 5;
  const turned = (value: Value) => (volume ? reverseSpatial(g, value) : value);
  const x = toChannelsFirst(g, call.input('input'));
  const dy = turned(toChannelsFirst(g, call.input('dy')));
  const window = fixedWindow(poolWindow(call, x.shape.slice(2), dy.shape.slice(2)));
  const overlapping = window.kernel.some((size, axis) => size > (window.strides[axis] as number));
  if (overlapping && g.opset < 16) {
    throw new Unsupported(
      'overlapping windows need opset 16 or later, which adds up what is scattered',
    );
  }
  if (window.before.some((rows) => rows < 0)) throw new Unsupported('rows are skipped in front');
  // Rows that no window reaches would be in front once turned around.
  const left = window.after.map((rows) => Math.max(0, -rows));
  const none = left.map(() => 0);
  const reached = volume ? turned(crop(g, x, none, left)) : x;
  const padding = volume ? { ...window, before: window.after, after: window.before } : window;
  const [, indices] = g.nodes('MaxPool', [reached], 2, windowAttributes(padding)) as [
    string,
    string,
  ];
  // The indices count through the whole batch.
  const total = sizeProduct(reached.shape);
  const outputs = sizeProduct(dy.shape);
  const flat = g.op(
    'ScatterElements',
    [
      g.uniform(0, [total], 'float32'),
      reshape(g.named(indices, dy.shape, 'int32'), [outputs]),
      reshape(dy, [outputs]),
    ],
    [total],
    'float32',
    { axis: attr.int(0), reduction: overlapping ? attr.string('add') : undefined },
  );
  const placed = turned(reshape(flat, reached.shape));
  const amounts = [0, 0, ...none, 0, 0, ...(volume ? left : none)];
  return toChannelsLast(g, pad(g, placed, amounts, x.shape));
};

function reverseSpatial(g: GraphWriter, x: Value): Value {
  const axes = x.shape.map((_, axis) => axis).slice(2);
  const backwards = g.int64s(axes.map(() => -1));
  const toTheStart = g.int64s(axes.map(() => -Number.MAX_SAFE_INTEGER));
  return g.op('Slice', [x, backwards, toTheStart, g.int64s(axes), backwards], x.shape, x.dtype);
}

/**
 * x·(bias + α·Σx²)^−β over neighbouring channels, as tfjs has it. ONNX's LRN is not used: ONNX Runtime keeps a running
 * sum there, of which large numbers leave their rounding behind in the windows after them.
 */
const lrn: Lowering = (call, g) => {
  const x = call.input('x');
  const norm = normOf(call, g, x);
  return elementwise(g, 'Mul', [x, elementwise(g, 'Pow', [norm, g.scalar(-call.number('beta'))])]);
};

function normOf(call: KernelCall, g: GraphWriter, x: Value): Value {
  const [radius, bias, alpha] = ['depthRadius', 'bias', 'alpha'].map((name) =>
    call.number(name),
  ) as [number, number, number];
  const squares = neighbourhoodSum(g, elementwise(g, 'Mul', [x, x]), radius);
  return elementwise(g, 'Add', [elementwise(g, 'Mul', [squares, g.scalar(alpha)]), g.scalar(bias)]);
}

/** The sum over each channel's neighbourhood: of [n, h, w, c], windows in the last dimension. */
function neighbourhoodSum(g: GraphWriter, x: Value, radius: number): Value {
  const size = 2 * radius + 1;
  const mean = g.op('AveragePool', [x], x.shape, 'float32', {
    kernel_shape: attr.ints([1, size]),
    pads: attr.ints([0, radius, 0, radius]),
    count_include_pad: attr.int(1),
  });
  return elementwise(g, 'Mul', [mean, g.scalar(size)]);
}

/** dy·norm^−β − 2αβ·x·Σ(dy·y/norm), the sums over the same neighbourhoods. */
const lrnGradient: Lowering = (call, g) => {
  const [x, y, dy] = ['x', 'y', 'dy'].map((name) => call.input(name)) as [Value, Value, Value];
  const [radius, alpha, beta] = ['depthRadius', 'alpha', 'beta'].map((name) =>
    call.number(name),
  ) as [number, number, number];
  const mul = (a: Value, b: Value) => elementwise(g, 'Mul', [a, b]);
  const norm = normOf(call, g, x);
  const own = mul(dy, elementwise(g, 'Pow', [norm, g.scalar(-beta)]));
  const shared = neighbourhoodSum(g, elementwise(g, 'Div', [mul(dy, y), norm]), radius);
  return elementwise(g, 'Sub', [own, mul(mul(x, shared), g.scalar(2 * alpha * beta))]);
};

export const pool: KernelTable = {
  AvgPool: pooling('AveragePool'),
  AvgPool3D: pooling('AveragePool'),
  AvgPool3DGrad: averageGradient,
  AvgPoolGrad: averageGradient,
  LRN: lrn,
  LRNGrad: lrnGradient,
  MaxPool: pooling('MaxPool'),
  MaxPool3D: pooling('MaxPool'),
  MaxPool3DGrad: maxGradient,
  MaxPoolGrad: maxGradient,
};
