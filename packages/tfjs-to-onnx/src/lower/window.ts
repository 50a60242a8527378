import { attr } from '@latentkit/onnx';
import { backend_util } from '@tensorflow/tfjs-core';
import {
  isStatic,
  type Size,
  type SymbolicSize,
  sizeFrom,
  sizeIn,
  sizeSum,
} from '../trace/size.ts';
import type { KernelCall } from './call.ts';
import { slice, transpose } from './shapes.ts';
import { Unsupported } from './unsupported.ts';
import type { Value } from './value.ts';
import type { Attributes, GraphWriter } from './writer.ts';

/**
 * The padding of one spatial dimension. With a stride s it depends on nothing but the remainder of the
 * size by s: one entry for each remainder, or one alone where it is always the same.
 */
export interface Padding {
  /** Rows in front of the first one; negative where tfjs skips rows. */
  readonly before: readonly number[];
  /** Rows behind the last, as many as the output needs; negative where rows are left over. */
  readonly after: readonly number[];
}

/** How a window moves over the spatial dimensions: two (rows, columns) or three (depth first). */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly paddings: readonly Padding[];
}

/** A window whose padding is the same at all sizes. */
export interface FixedWindow extends Omit<Window, 'paddings'> {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Whether the channels come before the spatial dimensions. */
export const isChannelsFirst = (call: KernelCall): boolean =>
  call.string('dataFormat', 'NHWC').startsWith('NC');

export function toChannelsFirst(g: GraphWriter, x: Value): Value {
  const rank = x.shape.length;
  return transpose(g, x, [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)]);
}

export function toChannelsLast(g: GraphWriter, x: Value): Value {
  const rank = x.shape.length;
  return transpose(g, x, [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1]);
}

/** The spatial part of a shape. */
export const spatial = (shape: readonly Size[], channelsFirst: boolean): readonly Size[] =>
  channelsFirst ? shape.slice(2) : shape.slice(1, -1);

const spread = (value: readonly number[], rank: number): number[] =>
  value.length === rank ? [...value] : Array<number>(rank).fill(value[0] ?? 1);

/** The rows that a window reaches over. */
export const spanOf = ({ kernel, dilations }: Omit<Window, 'paddings'>, axis: number): number =>
  ((kernel[axis] as number) - 1) * (dilations[axis] as number) + 1;

/**
 * The window of a convolution or pooling kernel: what tfjs itself computes for it, turned into
 * explicit padding.
 *
 * @param large spatial sizes on the side with more rows (the input of a convolution)
 * @param small spatial sizes on the side that counts windows
 * @param isMultiple whether a large size that was the same multiple of the small one in all traces is so at
 *   every size: one that was computed from it is, one that was halved and found even is not
 */
export function windowOf(
  call: KernelCall,
  kernel: readonly number[],
  large: readonly Size[],
  small: readonly Size[],
  isMultiple: (size: Size) => boolean = () => false,
): Window {
  const rank = large.length;
  const strides = spread(call.numbers('strides'), rank);
  const dilations =
    (call.attr('dilations') ?? null) === null
      ? Array<number>(rank).fill(1)
      : spread(call.numbers('dilations'), rank);
  const window = { kernel, strides, dilations };
  const paddings = large.map((size, axis): Padding => {
    const stride = strides[axis] as number;
    const factor = isMultiple(size) ? (small[axis] as Size) : null;
    const samples = sampleSizes(size, factor, stride, spanOf(window, axis));
    const rows = samples.map((sample) => paddingAt(call, window, axis, sample, rank));
    const padding = {
      before: rows.map(([before]) => before),
      after: rows.map(([, after]) => after),
    };
    return isConstant(padding)
      ? { before: padding.before.slice(0, 1), after: padding.after.slice(0, 1) }
      : padding;
  });
  return { ...window, paddings };
}

const isConstant = ({ before, after }: Padding): boolean =>
  [before, after].every((rows) => rows.every((count) => count === rows[0]));

/** Sizes that stand for all that a dimension can have: one for each remainder by the stride that occurs. */
function sampleSizes(size: Size, factor: Size | null, stride: number, span: number): number[] {
  if (isStatic(size)) return [size];
  const base = stride * (span + 8);
  const remainder = remainderOf(size, factor, stride);
  return remainder !== null
    ? [base + remainder]
    : Array.from({ length: stride }, (_, i) => base + i);
}

/** The remainder by the stride where it is the same at every size, such as that of twice a dimension by 2. */
function remainderOf(size: SymbolicSize, factor: Size | null, stride: number): number | null {
  const { formula } = size;
  const wrapped = (offset: number) => ((offset % stride) + stride) % stride;
  if (formula !== null && formula.coefficient % stride === 0 && Number.isInteger(formula.offset)) {
    return wrapped(formula.offset);
  }
  if (factor === null) return null;
  const offsets = size.values.map((value, trace) => value - stride * sizeIn(factor, trace));
  const [first = 0] = offsets;
  return offsets.every((offset) => offset === first) ? wrapped(first) : null;
}

/** Rows before and behind one dimension of a size, as tfjs pads it. */
function paddingAt(
  call: KernelCall,
  window: Omit<Window, 'paddings'>,
  axis: number,
  size: number,
  rank: number,
): [before: number, after: number] {
  const { kernel, strides, dilations } = window;
  const pad = call.attr('pad') as 'same' | 'valid' | number;
  const rounding = call.attr('dimRoundingMode') as 'floor' | undefined;
  const sizes = Array<number>(rank).fill(size);
  const span = spanOf(window, axis);
  const behind = (windows: number, before: number) =>
    (windows - 1) * (strides[axis] as number) + span - size - before;
  if (rank === 3) {
    const { padInfo, outDepth, outHeight, outWidth } = backend_util.computeConv3DInfo(
      [1, ...sizes, 1] as [number, number, number, number, number],
      [...kernel, 1, 1] as [number, number, number, number, number],
      strides as [number, number, number],
      dilations as [number, number, number],
      pad,
      false,
      'channelsLast',
      rounding,
    );
    const before = [padInfo.front, padInfo.top, padInfo.left][axis] as number;
    return [before, behind([outDepth, outHeight, outWidth][axis] as number, before)];
  }
  const first = isChannelsFirst(call);
  const { padInfo, outHeight, outWidth } = backend_util.computeConv2DInfo(
    (first ? [1, 1, ...sizes] : [1, ...sizes, 1]) as [number, number, number, number],
    [...kernel, 1, 1] as [number, number, number, number],
    strides as [number, number],
    dilations as [number, number],
    pad,
    rounding,
    false,
    first ? 'channelsFirst' : 'channelsLast',
  );
  const before = [padInfo.top, padInfo.left][axis] as number;
  return [before, behind([outHeight, outWidth][axis] as number, before)];
}

/**
 * The window where its padding is the same at all sizes.
 *
 * @throws Unsupported where it is not
 */
export function fixedWindow(window: Window): FixedWindow {
  const { paddings, ...rest } = window;
  if (paddings.some(({ before }) => before.length > 1)) {
    throw new Unsupported(
      'the padding of this gradient depends on a dynamic size; fix the size, or use a stride of 1',
    );
  }
  return {
    ...rest,
    before: paddings.map(({ before }) => before[0] as number),
    after: paddings.map(({ after }) => after[0] as number),
  };
}

/** The attributes of Conv and the poolings. */
export function windowAttributes(window: Omit<FixedWindow, 'dilations'>): Attributes {
  const pads = [...window.before, ...window.after].map((rows) => Math.max(0, rows));
  return {
    kernel_shape: attr.ints(window.kernel),
    strides: attr.ints(window.strides),
    pads: attr.ints(pads),
  };
}

/** A channels-first input, and the window that is left to move over it. */
export interface Fitted {
  readonly input: Value;
  readonly window: FixedWindow;
  /** Puts around another tensor of the same spatial sizes what was put around the input; null for nothing. */
  readonly surround: ((value: Value, filler: number) => Value) | null;
}

/**
 * Brings the input of a convolution or pooling into a form that constant padding is enough for: rows that
 * tfjs skips in front are dropped, and padding that follows the size is put around the tensor, by the
 * remainder that the graph computes. Of rows left over behind, ONNX drops those that make no window itself.
 *
 * @param filler the number in the padding
 */
export function fitInput(g: GraphWriter, x: Value, window: Window, filler: number): Fitted {
  const { paddings, strides, kernel, dilations } = window;
  const constant = paddings.map((padding, axis) => shared(padding, strides[axis] as number));
  const before = constant.map((rows) => rows?.before ?? 0);
  const after = constant.map((rows) => rows?.after ?? 0);
  const fixed: FixedWindow = { kernel, strides, dilations, before, after };
  const skipped = before.map((rows) => Math.max(0, -rows));
  // Enough for a further window, which tfjs does not count.
  const left = after.map((rows, axis) => (-rows >= (strides[axis] as number) ? -rows : 0));
  const dropped = crop(g, x, skipped, left);
  if (constant.every((rows) => rows !== null)) {
    return { input: dropped, window: fixed, surround: null };
  }
  const rows = paddings.map((padding, axis): RowsBySize | null => {
    if (constant[axis] !== null) return null;
    const size = dropped.shape[axis + 2] as Size;
    return {
      front: padding.before,
      back: padding.after.map((count) => Math.max(0, count)),
      size,
      sizeName: g.dimension(g.name(dropped), axis + 2),
      stride: strides[axis] as number,
    };
  });
  const surround = (value: Value, number: number) => padBySize(g, value, rows, number);
  return { input: surround(dropped, filler), window: fixed, surround };
}

/**
 * The padding that does at every size, or null. Rows behind the last window are no window's, so the
 * largest number of rows does for all as long as it makes no further window.
 */
function shared(
  { before, after }: Padding,
  stride: number,
): { before: number; after: number } | null {
  const [first] = before as [number];
  const most = Math.max(0, ...after);
  const one = before.every((rows) => rows === first) && after.every((rows) => most - rows < stride);
  return before.length === 1
    ? { before: first, after: after[0] as number }
    : one
      ? { before: first, after: most }
      : null;
}

/** How many rows a spatial dimension gets on both sides, by the remainder of a size by the stride. */
export interface RowsBySize {
  /** Negative: rows that are cut off. */
  readonly front: readonly number[];
  readonly back: readonly number[];
  readonly size: Size;
  /** The size as a tensor of the graph. */
  readonly sizeName: string;
  readonly stride: number;
}

/** Puts rows around the spatial dimensions of a channels-first tensor, or cuts them off. */
export function padBySize(
  g: GraphWriter,
  x: Value,
  axes: readonly (RowsBySize | null)[],
  filler: number,
): Value {
  const none = g.int64s([0]);
  const rowsOf = (rows: readonly number[], { sizeName, stride }: RowsBySize) =>
    rows.every((count) => count === rows[0])
      ? g.int64s(rows.slice(0, 1))
      : g.node('Gather', [g.int64s(rows), g.remainder(sizeName, stride)]);
  const side = (key: 'front' | 'back') =>
    axes.map((axis) => (axis === null ? none : rowsOf(axis[key], axis)));
  const amounts = [none, none, ...side('front'), none, none, ...side('back')];
  const shape = x.shape.map((old, i): Size => {
    const axis = axes[i - 2] ?? null;
    if (axis === null) return old;
    const { front, back, size, stride } = axis;
    return sizeFrom(size, (trace) => {
      const remainder = sizeIn(size, trace) % stride;
      const pick = (rows: readonly number[]) => rows[rows.length === 1 ? 0 : remainder] as number;
      return sizeIn(old, trace) + pick(front) + pick(back);
    });
  });
  return g.op('Pad', [x, g.joined(amounts), g.scalar(filler === 0 ? -0 : filler)], shape, x.dtype);
}

/** Cuts rows off both ends of the spatial dimensions of a channels-first tensor. */
export function crop(
  g: GraphWriter,
  x: Value,
  before: readonly number[],
  after: readonly number[],
): Value {
  if ([...before, ...after].every((rows) => rows === 0)) return x;
  const begin = [0, 0, ...before];
  const size = x.shape.map((total, axis): Size => {
    const cut = axis < 2 ? 0 : (before[axis - 2] as number) + (after[axis - 2] as number);
    return cut === 0 ? total : sizeSum(total, -cut);
  });
  return slice(g, x, begin, size);
}
