import { attr } from '@latentkit/onnx';
import type { KernelCall, KernelTable, Lowering } from '../lower/call.ts';
import { expand, pad, reshape, reverse, slice, transpose } from '../lower/shapes.ts';
import { Unsupported } from '../lower/unsupported.ts';
import type { Value } from '../lower/value.ts';
import type { GraphWriter } from '../lower/writer.ts';
import { type Formula, isStatic, type Size, sameShape } from '../trace/size.ts';

const concat: Lowering = (call, g) => {
  const axis = call.axis('axis', call.shape.length);
  const inputs = call.list.filter((value) => value.shape[axis] !== 0);
  if (inputs.length === 1) return inputs[0] as Value;
  return g.op('Concat', inputs, call.shape, call.dtype, { axis: attr.int(axis) });
};

const pack: Lowering = (call, g) => {
  const axis = call.axis('axis', call.shape.length);
  const rows = call.list.map((value) => {
    const shape = [...value.shape];
    shape.splice(axis, 0, 1);
    return reshape(value, shape);
  });
  if (rows.length === 1) return rows[0] as Value;
  return g.op('Concat', rows, call.shape, call.dtype, { axis: attr.int(axis) });
};

const sliceKernel: Lowering = (call, g) => {
  const x = call.input('x');
  const given = call.sizes('begin');
  const begin = x.shape.map((_, axis) => given[axis] ?? 0);
  return slice(g, x, begin, call.shape);
};

const split: Lowering = (call, g) => {
  const x = call.input('x');
  const axis = call.axis('axis', x.shape.length);
  const sizes = call.outputs.map(({ shape }) => shape[axis] as Size);
  if (sizes.length === 1) return [x];
  if (!sizes.every(isStatic)) throw new Unsupported('the split dimension is dynamic');
  const names = g.nodes('Split', [x, g.int64s(sizes)], sizes.length, { axis: attr.int(axis) });
  return names.map((name, i) => g.named(name, (call.outputs[i] as KernelCall).shape, x.dtype));
};

const unpack: Lowering = (call, g) => {
  const value = call.input('value');
  const axis = call.axis('axis', value.shape.length);
  const part = [...value.shape];
  part[axis] = 1;
  if (!isStatic(value.shape[axis] as Size)) {
    throw new Unsupported('the unpacked dimension is dynamic, and with it the number of outputs');
  }
  const parts =
    call.outputs.length === 1
      ? [value]
      : g
          .nodes('Split', [value, g.int64s(call.outputs.map(() => 1))], call.outputs.length, {
            axis: attr.int(axis),
          })
          .map((name) => g.named(name, part, value.dtype));
  return parts.map((row, i) => reshape(row, (call.outputs[i] as KernelCall).shape));
};

/** Bits of a mask by axis, as the strided slice of TensorFlow counts them. */
const bit = (mask: number, axis: number): boolean => ((mask >> axis) & 1) === 1;

/** One entry of a strided slice, for one dimension of what it slices. */
interface Cut {
  readonly start: Size;
  readonly end: Size;
  readonly stride: number;
}

const stridedSlice: Lowering = (call, g) => {
  const x = call.input('x');
  const cuts = cutsOf(call, x.shape.length);
  const axes = cuts.flatMap((cut, axis) => (cut === null ? [] : [axis]));
  if (axes.length === 0) return reshape(x, call.shape);
  const given = axes.map((axis) => cuts[axis] as Cut);
  const cut = g.op(
    'Slice',
    [
      x,
      g.shapeTensor(given.map(({ start }) => start)),
      g.shapeTensor(given.map(({ end }) => end)),
      g.int64s(axes),
      g.int64s(given.map(({ stride }) => stride)),
    ],
    slicedShape(call, x.shape),
    x.dtype,
  );
  return reshape(cut, call.shape);
};

/** What becomes of each entry: a new dimension, the dimensions that an ellipsis stands for, or one of x. */
function* entriesOf(
  call: KernelCall,
  rank: number,
): Generator<{ entry: number; kind: 'new' | 'whole' | 'row' | 'range' }> {
  const [ellipsis, added, shrunk] = ['ellipsisMask', 'newAxisMask', 'shrinkAxisMask'].map((name) =>
    call.number(name, 0),
  ) as [number, number, number];
  const entries = call.sizes('begin').length;
  const isNew = (i: number) => bit(added, i) && !bit(ellipsis, i);
  const named = Array.from({ length: entries }, (_, i) => i).filter(
    (i) => !isNew(i) && !bit(ellipsis, i),
  ).length;
  for (let entry = 0; entry < entries; entry++) {
    if (bit(ellipsis, entry)) for (let n = named; n < rank; n++) yield { entry, kind: 'whole' };
    else yield { entry, kind: isNew(entry) ? 'new' : bit(shrunk, entry) ? 'row' : 'range' };
  }
}

/** By dimension of x what is cut out of it, null for all. */
function cutsOf(call: KernelCall, rank: number): (Cut | null)[] {
  const [begin, end] = [call.sizes('begin'), call.sizes('end')];
  const strides = call.numbers('strides');
  const [beginMask, endMask] = [call.number('beginMask', 0), call.number('endMask', 0)];
  const cuts: (Cut | null)[] = [];
  for (const { kind, entry: i } of entriesOf(call, rank)) {
    if (kind === 'new') continue;
    if (kind === 'whole') {
      cuts.push(null);
      continue;
    }
    const stride = strides[i] as number;
    const from = begin[i] as Size;
    if (kind === 'row') {
      if (!isStatic(from)) throw new Unsupported('it picks a row that follows a dynamic dimension');
      cuts.push({ start: from, end: from === -1 ? Number.MAX_SAFE_INTEGER : from + 1, stride: 1 });
      continue;
    }
    const edge = Number.MAX_SAFE_INTEGER;
    cuts.push({
      start: bit(beginMask, i) ? (stride < 0 ? edge : 0) : from,
      end: bit(endMask, i) ? (stride < 0 ? -edge : edge) : (end[i] as Size),
      stride,
    });
  }
  return cuts;
}

/** The shape of the result before rows lose their dimension and new ones are put in. */
function slicedShape(call: KernelCall, shape: readonly Size[]): Size[] {
  const result = [...call.shape];
  const sliced: Size[] = [];
  for (const { kind } of entriesOf(call, shape.length)) {
    if (kind === 'row') sliced.push(1);
    else if (kind === 'new') result.shift();
    else sliced.push(result.shift() as Size);
  }
  return [...sliced, ...result];
}

const tile: Lowering = (call, g) => {
  const x = call.input('x');
  const reps = call.sizes('reps');
  if (reps.every((rep) => rep === 1)) return x;
  // Repeating a dimension of size 1 is a broadcast.
  if (x.shape.every((size, axis) => size === 1 || reps[axis] === 1)) return expand(x, call.shape);
  return g.op('Tile', [x, g.shapeTensor(reps)], call.shape, x.dtype);
};

/** Pads of each axis, before and after, in ONNX's order: all starts, then all ends. */
function pads(call: KernelCall): number[] {
  const pairs = (call.attr('paddings') as readonly (readonly number[])[]).map((pair) => [...pair]);
  if (!pairs.flat().every((pad) => typeof pad === 'number')) {
    throw new Unsupported('its padding follows a dynamic dimension');
  }
  return [...pairs.map((pair) => pair[0] as number), ...pairs.map((pair) => pair[1] as number)];
}

const mirrorPad: Lowering = (call, g) => {
  const x = call.input('x');
  if (call.string('mode') === 'reflect') {
    return g.op('Pad', [x, g.int64s(pads(call))], call.shape, x.dtype, {
      mode: attr.string('reflect'),
    });
  }
  // ONNX has no mirror that repeats the edge: each axis picks its rows by a list of positions.
  const amounts = pads(call);
  const rank = x.shape.length;
  return x.shape.reduce((value: Value, size, axis) => {
    const [before, after] = [amounts[axis] as number, amounts[axis + rank] as number];
    if (before === 0 && after === 0) return value;
    if (!isStatic(size)) throw new Unsupported('a symmetric padding of a dynamic dimension');
    const rows = Array.from({ length: before + size + after }, (_, i) => {
      const at = i - before;
      return at < 0 ? -at - 1 : at >= size ? 2 * size - 1 - at : at;
    });
    const shape = [...value.shape];
    shape[axis] = rows.length;
    return g.op('Gather', [value, g.int64s(rows)], shape, x.dtype, { axis: attr.int(axis) });
  }, x);
};

const range: Lowering = (call, g) => {
  const [size] = call.shape as [Size];
  const counts = call.number('start') === 0 && call.number('step', 1) === 1;
  const value = rangeOf(call, g, size);
  return counts ? g.noteCounting(value) : value;
};

function rangeOf(call: KernelCall, g: GraphWriter, size: Size): Value {
  const [start, step] = [call.number('start'), call.number('step', 1)];
  if (isStatic(size)) {
    const values = Array.from({ length: size }, (_, i) => start + i * step);
    const name = g.constant(values, [size], call.dtype === 'int32' ? 'int32' : 'float32', 'range');
    return g.named(name, call.shape, call.dtype);
  }
  const count = g.node('Reshape', [g.sizeTensor(size), g.int64s([])]);
  const indices = g.node('Range', [g.int64(0), count, g.int64(1)]);
  const to = attr.int(call.dtype === 'int32' ? 6 : 1);
  const counted = g.op('Cast', [indices], call.shape, call.dtype, { to });
  const scaled =
    step === 1
      ? counted
      : g.op('Mul', [counted, g.scalar(step, call.dtype)], call.shape, call.dtype);
  return start === 0
    ? scaled
    : g.op('Add', [scaled, g.scalar(start, call.dtype)], call.shape, call.dtype);
}

const linSpace: Lowering = (call, g) => {
  const [start, stop, num] = ['start', 'stop', 'num'].map((name) => call.number(name)) as [
    number,
    number,
    number,
  ];
  const step = num < 2 ? 0 : (stop - start) / (num - 1);
  const values = Array.from({ length: num }, (_, i) => start + i * step);
  return g.named(g.constant(values, [num], 'float32', 'linspace'), call.shape, 'float32');
};

/** Moves blocks of positions between depth and space; `to` is the ONNX operator. */
const depthToSpace: Lowering = (call, g) => {
  const x = call.input('x');
  const blocksize = { blocksize: attr.int(call.number('blockSize')) };
  if (call.string('dataFormat') === 'NCHW') {
    return g.op('DepthToSpace', [x], call.shape, x.dtype, blocksize);
  }
  const first = transpose(g, x, [0, 3, 1, 2]);
  const [n, h, w, c] = call.shape as [Size, Size, Size, Size];
  const moved = g.op('DepthToSpace', [first], [n, c, h, w], x.dtype, blocksize);
  return transpose(g, moved, [0, 2, 3, 1]);
};

/** Splits the batch into blocks that become positions in space, then crops (dilated convolutions use it). */
const batchToSpace: Lowering = (call, g) => {
  const x = call.input('x');
  const block = call.numbers('blockShape');
  const crops = call.attr('crops') as readonly (readonly number[])[];
  const [batch, ...rest] = x.shape as [Size, ...Size[]];
  const spatial = rest.slice(0, block.length);
  const remaining = rest.slice(block.length);
  const outBatch = call.shape[0] as Size;
  const split = reshape(x, [...block, outBatch, ...spatial, ...remaining]);
  const m = block.length;
  const order = [m];
  for (let i = 0; i < m; i++) order.push(m + 1 + i, i);
  for (let i = 0; i < remaining.length; i++) order.push(2 * m + 1 + i);
  const merged = spatial.map((size, i) => times(size, block[i] as number));
  const moved = reshape(transpose(g, split, order), [outBatch, ...merged, ...remaining]);
  if (batch === outBatch && sameShape(moved.shape, call.shape)) return moved;
  const begin = [0, ...crops.map((crop) => crop[0] as number), ...remaining.map(() => 0)];
  return slice(g, moved, begin, call.shape);
};

const spaceToBatch: Lowering = (call, g) => {
  const x = call.input('x');
  const block = call.numbers('blockShape');
  const paddings = call.attr('paddings') as readonly (readonly number[])[];
  const rest = x.shape.length - 1 - block.length;
  const amounts = [
    ...[0, ...paddings.map((pair) => pair[0] as number), ...Array<number>(rest).fill(0)],
    ...[0, ...paddings.map((pair) => pair[1] as number), ...Array<number>(rest).fill(0)],
  ];
  const rank = x.shape.length;
  const paddedShape = x.shape.map((size, axis) =>
    plus(size, (amounts[axis] as number) + (amounts[axis + rank] as number)),
  );
  const padded = pad(g, x, amounts, paddedShape);
  const m = block.length;
  const [batch, ...others] = paddedShape as [Size, ...Size[]];
  const remaining = others.slice(m);
  const blocks = block.flatMap((size, i): Size[] => [over(others[i] as Size, size), size]);
  const split = reshape(padded, [batch, ...blocks, ...remaining]);
  const order = [
    ...block.map((_, i) => 2 + 2 * i),
    0,
    ...block.map((_, i) => 1 + 2 * i),
    ...remaining.map((_, i) => 2 * m + 1 + i),
  ];
  return reshape(transpose(g, split, order), call.shape);
};

const fixed = (size: Size): number => {
  if (isStatic(size)) return size;
  throw new Unsupported('a dynamic dimension is split into blocks');
};
const times = (size: Size, factor: number): number => fixed(size) * factor;
const over = (size: Size, divisor: number): number => fixed(size) / divisor;
const plus = (size: Size, amount: number): Size => (amount === 0 ? size : fixed(size) + amount);

/** A number, or one that follows the dynamic dimensions. */
function fillValue(call: KernelCall): number | Formula {
  const [value] = call.sizes('value') as [Size];
  if (isStatic(value)) return value;
  if (value.formula !== null) return value.formula;
  throw new Unsupported('its value follows the dynamic dimensions in no simple way');
}

/** Kernels that move values, or copy them. */
export const shape: KernelTable = {
  BatchToSpaceND: batchToSpace,
  Concat: concat,
  DepthToSpace: depthToSpace,
  ExpandDims: (call) => reshape(call.input('input'), call.shape),
  Fill: (call, g) => g.uniform(fillValue(call), call.shape, call.dtype),
  LinSpace: linSpace,
  MirrorPad: mirrorPad,
  Pack: pack,
  PadV2: (call, g) =>
    pad(g, call.input('x'), pads(call), call.shape, call.number('constantValue', 0)),
  Range: range,
  Reshape: (call) => reshape(call.input('x'), call.shape),
  Reverse: (call, g) => {
    const x = call.input('x');
    return reverse(g, x, call.axes('dims', x.shape.length));
  },
  Slice: sliceKernel,
  SpaceToBatchND: spaceToBatch,
  SplitV: split,
  StridedSlice: stridedSlice,
  Tile: tile,
  Transpose: (call, g) => transpose(g, call.input('x'), call.numbers('perm')),
  Unpack: unpack,
};
