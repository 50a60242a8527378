import { attrInt, attrInts } from '../../attributes.ts';
import type { Dim } from '../../ir.ts';
import { printShape } from '../../print/print-model.ts';
import { normalAxis, product, type Shape, shapeMismatch, unknownDims } from '../op/dims.ts';
import { type Family, type Inference, knownInts, lengthOf, type Op, tensor } from '../op/op.ts';
import { sameType } from './elementwise.ts';

const gather: Inference = (op) => {
  const data = op.shape(0);
  const indices = op.shape(1);
  if (!data || !indices) return [tensor(op.dtype(0), null)];
  const axis = normalAxis(attrInt(op.node, 'axis', 0), data.length);
  return [tensor(op.dtype(0), [...data.slice(0, axis), ...indices, ...data.slice(axis + 1)])];
};

const gatherND: Inference = (op) => {
  const data = op.shape(0);
  const indices = op.shape(1);
  const depth = indices?.at(-1);
  if (!data || !indices || typeof depth !== 'number') return [tensor(op.dtype(0), null)];
  const from = attrInt(op.node, 'batch_dims', 0) + depth;
  if (from > data.length) {
    throw shapeMismatch(
      `GatherND with indices ${printShape(indices)} goes beyond ${printShape(data)}.`,
    );
  }
  return [tensor(op.dtype(0), [...indices.slice(0, -1), ...data.slice(from)])];
};

interface Range {
  start: number | undefined;
  end: number | undefined;
  step: number | undefined;
}

/** NumPy's slicing, ends clamped. A whole dimension keeps its name. */
function sliceDim(dim: Dim, { start, end, step }: Range): Dim {
  if (start === undefined || end === undefined || step === undefined) return null;
  if (step === 0) throw shapeMismatch('Slice has a step of 0.');
  if (typeof dim !== 'number') {
    return step === 1 && start === 0 && end >= 0x7fffffff ? dim : null;
  }
  const clamp = (at: number, low: number, high: number) =>
    Math.min(Math.max(at < 0 ? at + dim : at, low), high);
  const from = step > 0 ? clamp(start, 0, dim) : clamp(start, 0, dim - 1);
  const to = step > 0 ? clamp(end, 0, dim) : clamp(end, -1, dim - 1);
  return Math.max(0, Math.ceil((to - from) / step));
}

/** The slices by axis, or undefined where the axes are not known. */
export function sliceRanges(op: Op, rank: number): Map<number, Range> | undefined {
  const old = op.opset < 10;
  const list = (name: string, input: number): readonly Dim[] | undefined =>
    old ? attrInts(op.node, name) : op.values(input);
  const starts = list('starts', 1);
  const ends = list('ends', 2);
  const count = starts?.length ?? ends?.length ?? (old ? undefined : lengthOf(op, 1));
  const hasAxes = old ? op.node.attributes.has('axes') : op.has(3);
  const axes = hasAxes ? list('axes', 3) : undefined;
  if (hasAxes && !axes?.every((axis) => typeof axis === 'number')) return undefined;
  if (count === undefined) return undefined;
  const steps = !old && op.has(4) ? op.values(4) : Array<Dim>(count).fill(1);
  const number = (value: Dim | undefined) => (typeof value === 'number' ? value : undefined);
  const ranges = new Map<number, Range>();
  for (let i = 0; i < count; i++) {
    const axis = normalAxis(axes ? (axes[i] as number) : i, rank);
    const [start, end] = [number(starts?.[i]), number(ends?.[i])];
    ranges.set(axis, { start, end, step: number(steps?.[i]) });
  }
  return ranges;
}

const slice: Inference = (op) => {
  const x = op.shape(0);
  if (!x) return [tensor(op.dtype(0), null)];
  const ranges = sliceRanges(op, x.length);
  if (!ranges) return [tensor(op.dtype(0), unknownDims(x.length))];
  const shape = x.map((dim, axis) => {
    const range = ranges.get(axis);
    return range ? sliceDim(dim, range) : dim;
  });
  return [tensor(op.dtype(0), shape)];
};

const oneHot: Inference = (op) => {
  const indices = op.shape(0);
  if (!indices) return [tensor(op.dtype(2), null)];
  const depth = op.values(1)?.[0] ?? null;
  const rank = indices.length + 1;
  const axis = normalAxis(attrInt(op.node, 'axis', -1), rank);
  return [tensor(op.dtype(2), indices.toSpliced(axis, 0, depth))];
};

const topK: Inference = (op) => {
  const x = op.shape(0);
  const k: Dim = attrInt(op.node, 'k') ?? op.values(1)?.[0] ?? null;
  if (!x) return [tensor(op.dtype(0), null), tensor('int64', null)];
  const axis = normalAxis(attrInt(op.node, 'axis', -1), x.length);
  const whole = x[axis];
  if (typeof k === 'number' && typeof whole === 'number' && k > whole) {
    throw shapeMismatch(`TopK takes ${k} of ${whole}.`);
  }
  const shape = x.with(axis, k);
  return [tensor(op.dtype(0), shape), tensor('int64', shape)];
};

const nonZero: Inference = (op) => {
  const x = op.shape(0);
  return [tensor('int64', [x ? x.length : null, null])];
};

const compress: Inference = (op) => {
  const axis = attrInt(op.node, 'axis');
  const x = op.shape(0);
  if (axis === undefined) return [tensor(op.dtype(0), [null])];
  return [tensor(op.dtype(0), x?.with(normalAxis(axis, x.length), null) ?? null)];
};

const unique: Inference = (op) => {
  const axis = attrInt(op.node, 'axis');
  const x = op.shape(0);
  const list = tensor('int64', [null]);
  const shape: Shape | null =
    axis === undefined ? [null] : (x?.with(normalAxis(axis, x.length), null) ?? null);
  return [tensor(op.dtype(0), shape), list, list, list];
};

const gridSample: Inference = (op) => {
  const x = op.shape(0);
  const grid = op.shape(1);
  if (!x || !grid) return [tensor(op.dtype(0), null)];
  return [tensor(op.dtype(0), [...x.slice(0, 2), ...grid.slice(1, -1)])];
};

const roiAlign: Inference = (op) => {
  const [height, width] = [
    attrInt(op.node, 'output_height', 1),
    attrInt(op.node, 'output_width', 1),
  ];
  const [rois = null] = op.shape(1) ?? [];
  const [, channels = null] = op.shape(0) ?? [];
  return [tensor(op.dtype(0), [rois, channels, height, width])];
};

const scatterElements: Inference = (op) => {
  const [data, indices] = [op.shape(0), op.shape(1)];
  if (data && indices && data.length !== indices.length) {
    throw shapeMismatch(
      `The indices ${printShape(indices)} do not have the rank of ${printShape(data)}.`,
    );
  }
  return [op.type(0)];
};

const gatherElements: Inference = (op) => {
  scatterElements(op);
  return [tensor(op.dtype(0), op.shape(1))];
};

/** How many numbers a Range has; undefined where it is an error, or too wide to be counted exactly. */
export function rangeLength(start: number, limit: number, delta: number): number | undefined {
  const span = limit - start;
  if (delta === 0 || ![start, limit, delta, span].every(Number.isSafeInteger)) return undefined;
  return Math.max(0, Math.ceil(span / delta));
}

const range: Inference = (op) => {
  const [start, limit, delta] = [0, 1, 2].map((input) => knownInts(op, input)?.[0]);
  const known = start !== undefined && limit !== undefined && delta !== undefined;
  const count = known ? (rangeLength(start, limit, delta) ?? null) : null;
  return [tensor(op.dtype(0), [count])];
};

const col2im: Inference = (op) => {
  const [x, image, block] = [op.shape(0), knownInts(op, 1), knownInts(op, 2)];
  if (!x || !image || !block) return [tensor(op.dtype(0), null)];
  const [batch = null, columns = null] = x;
  const size = product(block);
  const channels = typeof columns === 'number' && typeof size === 'number' ? columns / size : null;
  return [tensor(op.dtype(0), [batch, channels, ...image])];
};

const tfIdf: Inference = (op) => {
  const indexes = attrInts(op.node, 'ngram_indexes') ?? [];
  const width = indexes.reduce((most, index) => Math.max(most, index), -1) + 1;
  const x = op.shape(0);
  return [tensor('float32', x && [...x.slice(0, -1), width])];
};

const stringSplit: Inference = (op) => {
  const x = op.shape(0);
  return [tensor('string', x && [...x, null]), tensor('int64', x)];
};

/** Operators that pick elements by index or condition. */
export const indexing: Family = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: sameType,
  TensorScatter: sameType,
  Slice: slice,
  OneHot: oneHot,
  TopK: topK,
  NonZero: nonZero,
  Compress: compress,
  Unique: unique,
  NonMaxSuppression: () => [tensor('int64', [null, 3])],
  GridSample: gridSample,
  RoiAlign: roiAlign,
  Range: range,
  Col2Im: col2im,
  TfIdfVectorizer: tfIdf,
  StringSplit: stringSplit,
};
