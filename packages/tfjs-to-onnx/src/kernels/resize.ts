import { attr } from '@latentkit/onnx';
import type { KernelCall, KernelTable, Lowering } from '../lower/call.ts';
import { cast } from '../lower/shapes.ts';
import { Unsupported } from '../lower/unsupported.ts';
import type { Value } from '../lower/value.ts';
import { toChannelsFirst, toChannelsLast } from '../lower/window.ts';
import type { GraphWriter } from '../lower/writer.ts';
import { isStatic, type Size } from '../trace/size.ts';

type Method = 'nearest' | 'linear';

const resize =
  (method: Method): Lowering =>
  (call, g) => {
    const images = cast(g, call.input('images'), 'float32');
    const x = toChannelsFirst(g, images);
    const [batch, height, width, channels] = call.shape as [Size, Size, Size, Size];
    const align = call.boolean('alignCorners');
    const half = call.boolean('halfPixelCenters');
    const coordinates = align ? 'align_corners' : half ? 'half_pixel' : 'asymmetric';
    // tfjs rounds down; with aligned corners it rounds halves up, as with half pixels, whose shift makes
    // rounding down the same as that.
    const rounding = align || half ? 'round_prefer_ceil' : 'floor';
    const shape = [batch, channels, height, width];
    const output = g.op('Resize', [x, '', ...target(g, x, shape)], shape, 'float32', {
      mode: attr.string(method),
      coordinate_transformation_mode: attr.string(coordinates),
      nearest_mode: method === 'nearest' ? attr.string(rounding) : undefined,
    });
    return cast(g, toChannelsLast(g, output), call.dtype);
  };

/** Scales where they are whole numbers, else sizes, so that no size is lost to rounding. */
function target(g: GraphWriter, x: Value, shape: readonly Size[]): string[] {
  const ratios = shape.map((to, axis) => {
    const from = x.shape[axis] as Size;
    if (axis < 2) return 1;
    return isStatic(from) && isStatic(to) ? to / from : Number.NaN;
  });
  if (ratios.every(Number.isInteger)) return [g.constant(ratios, [4], 'float32', 'scales')];
  return ['', g.shapeTensor(shape)];
}

/** Row by row, the weights with which each input row enters an output row: a resize is linear. */
function weights(from: number, to: number, call: KernelCall, method: Method): number[] {
  const align = call.boolean('alignCorners') && to > 1;
  const half = call.boolean('halfPixelCenters');
  const scale = align ? (from - 1) / (to - 1) : from / to;
  const matrix = Array<number>(to * from).fill(0);
  const add = (row: number, at: number, weight: number) => {
    matrix[row * from + at] = (matrix[row * from + at] as number) + weight;
  };
  for (let row = 0; row < to; row++) {
    if (method === 'nearest') {
      const exact = half ? (row + 0.5) * scale : row * scale;
      const nearest = align ? Math.round(exact) : Math.floor(exact);
      add(row, Math.min(from - 1, Math.max(0, nearest)), 1);
      continue;
    }
    const exact = half ? (row + 0.5) * scale - 0.5 : row * scale;
    const low = Math.max(0, Math.floor(exact));
    const high = Math.min(from - 1, Math.ceil(Math.max(0, exact)));
    const fraction = Math.max(0, exact) - low;
    add(row, low, 1 - fraction);
    add(row, high, fraction);
  }
  return matrix;
}

/** The transposed resize: dy multiplied by the weights of the rows and of the columns. */
const gradient =
  (method: Method): Lowering =>
  (call, g) => {
    const shape = call.input('images').shape;
    const dy = toChannelsFirst(g, call.input('dy'));
    const [batch, height, width, channels] = shape as [Size, number, number, Size];
    const [tall, wide] = dy.shape.slice(2) as [number, number];
    if (![height, width, tall, wide].every((size) => typeof size === 'number')) {
      throw new Unsupported('the resized dimensions are dynamic');
    }
    const columns = weights(width, wide, call, method);
    const rows = weights(height, tall, call, method);
    const transposed = Array.from(
      { length: height * tall },
      (_, i) => rows[(i % tall) * height + Math.floor(i / tall)] as number,
    );
    const left = g.constant(transposed, [height, tall], 'float32', 'rows');
    const right = g.constant(columns, [wide, width], 'float32', 'columns');
    const across = g.op('MatMul', [dy, right], [batch, channels, tall, width], 'float32');
    const product = g.op('MatMul', [left, across], [batch, channels, height, width], 'float32');
    return toChannelsLast(g, product);
  };

/**
 * One box, the same for each image: rows and columns that are picked. Boxes that differ, or are
 * computed, have no ONNX operator.
 */
const cropAndResize: Lowering = (call, g) => {
  const image = cast(g, call.input('image'), 'float32');
  const box = g.constantRow(call.input('boxes'));
  if (box === null || !g.isCounting(call.input('boxInd'))) {
    throw new Unsupported('the boxes are not one constant box for each image of the batch');
  }
  if (call.string('method', 'bilinear') !== 'nearest') {
    throw new Unsupported("only the method 'nearest' can be exported");
  }
  const [, height, width] = image.shape as [Size, Size, Size];
  if (!isStatic(height) || !isStatic(width)) throw new Unsupported('the image has a dynamic size');
  const [top, left, bottom, right] = box as [number, number, number, number];
  const [tall, wide] = call.numbers('cropSize') as [number, number];
  const picks = (from: number, to: number, size: number, count: number) =>
    Array.from({ length: count }, (_, i) => {
      const scale = count > 1 ? ((to - from) * (size - 1)) / (count - 1) : 0;
      const at = count > 1 ? from * (size - 1) + i * scale : 0.5 * (from + to) * (size - 1);
      if (at < 0 || at > size - 1) throw new Unsupported('the box reaches beyond the image');
      return Math.round(at);
    });
  const pick = (value: Value, axis: number, at: number[]) => {
    const shape = [...value.shape];
    shape[axis] = at.length;
    return g.op('Gather', [value, g.int64s(at)], shape, 'float32', { axis: attr.int(axis) });
  };
  const rows = pick(image, 1, picks(top, bottom, height, tall));
  return pick(rows, 2, picks(left, right, width, wide));
};

export const resizing: KernelTable = {
  CropAndResize: cropAndResize,
  FlipLeftRight: (call, g) => {
    const x = call.input('image');
    const ends = [
      g.int64s([-1]),
      g.int64s([-Number.MAX_SAFE_INTEGER]),
      g.int64s([2]),
      g.int64s([-1]),
    ];
    return g.op('Slice', [x, ...ends], x.shape, x.dtype);
  },
  ResizeBilinear: resize('linear'),
  ResizeBilinearGrad: gradient('linear'),
  ResizeNearestNeighbor: resize('nearest'),
  ResizeNearestNeighborGrad: gradient('nearest'),
};
