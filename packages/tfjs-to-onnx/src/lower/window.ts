import { attr } from '@latentkit/onnx';
import { backend_util } from '@tensorflow/tfjs-core';
import { isStatic, type Size, sizeIn } from '../trace/size.ts';
import type { KernelCall } from './call.ts';
import { slice, transpose } from './shapes.ts';
import { Unsupported } from './unsupported.ts';
import type { Value } from './value.ts';
import type { Attributes, GraphWriter } from './writer.ts';

/** How a window moves over the spatial dimensions: two (rows, columns) or three (depth first). */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Rows of padding before the first one; negative where tfjs skips rows. */
  readonly before: readonly number[];
  /** Rows of padding behind the last, as many as the output needs; negative where rows are left over. */
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

/**
 * The window of a convolution or pooling kernel: what tfjs itself computes for it, turned into
 * explicit padding.
 *
 * @param large spatial sizes on the side with more rows (the input of a convolution)
 * @param small spatial sizes on the side that counts windows
 */
export function windowOf(
  call: KernelCall,
  kernel: readonly number[],
  large: readonly Size[],
  small: readonly Size[],
): Window {
  const rank = large.length;
  const strides = spread(call.numbers('strides'), rank);
  const dilations =
    (call.attr('dilations') ?? null) === null
      ? Array<number>(rank).fill(1)
      : spread(call.numbers('dilations'), rank);
  const traces = Math.max(
    1,
    ...[...large, ...small].map((size) => (isStatic(size) ? 1 : size.values.length)),
  );
  const windows = Array.from({ length: traces }, (_, trace): Window => {
    const sizes = large.map((size) => sizeIn(size, trace));
    const before = paddingBefore(call, sizes, kernel, strides, dilations);
    const after = sizes.map((size, axis) => {
      const windowSize = ((kernel[axis] as number) - 1) * (dilations[axis] as number) + 1;
      const covered =
        (sizeIn(small[axis] as Size, trace) - 1) * (strides[axis] as number) + windowSize;
      return covered - size - (before[axis] as number);
    });
    return { kernel, strides, dilations, before, after };
  });
  const [first] = windows as [Window];
  const negative = (window: Window) => window.after.map((rows) => Math.max(rows, -1));
  if (
    windows.some(
      (window) =>
        String(window.before) !== String(first.before) ||
        String(negative(window)) !== String(negative(first)),
    )
  ) {
    throw new Unsupported(
      "the padding that 'same' asks for depends on a dynamic size; use 'valid', explicit padding, or a stride of 1",
    );
  }
  return first;
}

function paddingBefore(
  call: KernelCall,
  sizes: readonly number[],
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
): number[] {
  const pad = call.attr('pad') as 'same' | 'valid' | number;
  const rounding = call.attr('dimRoundingMode') as 'floor' | undefined;
  if (sizes.length === 3) {
    const { padInfo } = backend_util.computeConv3DInfo(
      [1, ...sizes, 1] as [number, number, number, number, number],
      [...kernel, 1, 1] as [number, number, number, number, number],
      strides as [number, number, number],
      dilations as [number, number, number],
      pad,
      false,
      'channelsLast',
      rounding,
    );
    return [padInfo.front, padInfo.top, padInfo.left];
  }
  const first = isChannelsFirst(call);
  const { padInfo } = backend_util.computeConv2DInfo(
    (first ? [1, 1, ...sizes] : [1, ...sizes, 1]) as [number, number, number, number],
    [...kernel, 1, 1] as [number, number, number, number],
    strides as [number, number],
    dilations as [number, number],
    pad,
    rounding,
    false,
    first ? 'channelsFirst' : 'channelsLast',
  );
  return [padInfo.top, padInfo.left];
}

/** The attributes of Conv and the poolings. */
export function windowAttributes(window: Window): Attributes {
  const pads = [...window.before, ...window.after].map((rows) => Math.max(0, rows));
  return {
    kernel_shape: attr.ints(window.kernel),
    strides: attr.ints(window.strides),
    pads: attr.ints(pads),
  };
}

/** Drops rows in front that tfjs skips (its negative padding); ONNX drops those left over behind itself. */
export function dropSkipped(g: GraphWriter, x: Value, window: Window): Value {
  return crop(
    g,
    x,
    window.before.map((rows) => Math.max(0, -rows)),
    window.before.map(() => 0),
  );
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
    if (cut === 0) return total;
    if (!isStatic(total)) throw new Unsupported('rows of a dynamic dimension are skipped');
    return total - cut;
  });
  return slice(g, x, begin, size);
}
