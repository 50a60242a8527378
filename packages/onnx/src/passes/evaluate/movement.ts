import { attrInt, attrInts, attrString } from '../../attributes.ts';
import { normalizeAxis } from '../../rewrite/node-axes.ts';
import type { NumericTensor } from '../../rewrite/tensor-values.ts';
import type { Kernel, KernelCall } from './kernel.ts';
import { broadcastDims, broadcastStrides, countOf, offsets, stridesOf } from './strides.ts';

/** Operators that only move elements. */

function withDims(x: NumericTensor, dims: number[]): NumericTensor[] | undefined {
  return countOf(dims) === x.values.length ? [{ ...x, dims }] : undefined;
}

function pick(x: NumericTensor, dims: number[], at: Float64Array): NumericTensor[] {
  return [{ dtype: x.dtype, dims, values: at.map((offset) => x.values[offset] as number) }];
}

const reshape: Kernel = ({ node, inputs: [x, target] }) => {
  if (!x || !target) return undefined;
  const copies = attrInt(node, 'allowzero', 0) === 0;
  const dims = Array.from(target.values, (dim, i) =>
    dim === 0 && copies ? (x.dims[i] ?? -2) : dim,
  );
  const open = dims.indexOf(-1);
  if (open >= 0) {
    const rest = countOf(dims.filter((_, i) => i !== open));
    if (rest === 0) return undefined;
    dims[open] = x.values.length / rest;
  }
  return dims.every((dim) => Number.isInteger(dim) && dim >= 0) ? withDims(x, dims) : undefined;
};

const flatten: Kernel = ({ node, inputs: [x] }) => {
  if (!x) return undefined;
  const axis = normalizeAxis(attrInt(node, 'axis', 1), x.dims.length);
  return withDims(x, [countOf(x.dims.slice(0, axis)), countOf(x.dims.slice(axis))]);
};

function axesOf(call: KernelCall): number[] | undefined {
  if (call.opset < 13) return attrInts(call.node, 'axes');
  return call.inputs[1] && Array.from(call.inputs[1].values);
}

const squeeze: Kernel = (call) => {
  const [x] = call.inputs;
  if (!x) return undefined;
  const axes = axesOf(call)?.map((axis) => normalizeAxis(axis, x.dims.length));
  return withDims(
    x,
    x.dims.filter((dim, i) => (axes ? !axes.includes(i) : dim !== 1)),
  );
};

const unsqueeze: Kernel = (call) => {
  const [x] = call.inputs;
  const axes = axesOf(call);
  if (!x || !axes) return undefined;
  const rank = x.dims.length + axes.length;
  const added = new Set(axes.map((axis) => normalizeAxis(axis, rank)));
  const rest = [...x.dims];
  const dims = Array.from({ length: rank }, (_, i) =>
    added.has(i) ? 1 : (rest.shift() as number),
  );
  return withDims(x, dims);
};

const transpose: Kernel = ({ node, inputs: [x] }) => {
  if (!x) return undefined;
  const perm = attrInts(node, 'perm') ?? x.dims.map((_, i) => x.dims.length - 1 - i);
  const strides = stridesOf(x.dims);
  const dims = perm.map((axis) => x.dims[axis] as number);
  const own = perm.map((axis) => strides[axis] as number);
  return pick(x, dims, offsets(dims, own));
};

const concat: Kernel = ({ node, inputs }) => {
  const [first] = inputs;
  if (!first || inputs.some((part) => part?.dims.length !== first.dims.length)) return undefined;
  const parts = inputs as NumericTensor[];
  const axis = normalizeAxis(attrInt(node, 'axis', 0), first.dims.length);
  const dims = [...first.dims];
  dims[axis] = parts.reduce((sum, part) => sum + (part.dims[axis] as number), 0);
  const values = new Float64Array(countOf(dims));
  const strides = stridesOf(dims);
  let start = 0;
  for (const part of parts) {
    const at = offsets(part.dims, strides, start * (strides[axis] as number));
    if (at.length !== part.values.length) return undefined;
    at.forEach((offset, i) => {
      values[offset] = part.values[i] as number;
    });
    start += part.dims[axis] as number;
  }
  return [{ dtype: first.dtype, dims, values }];
};

const slice: Kernel = ({ inputs: [x, starts, ends, axes, steps] }) => {
  if (!x || !starts || !ends) return undefined;
  const strides = stridesOf(x.dims);
  const dims = [...x.dims];
  const own = [...strides];
  let base = 0;
  for (let i = 0; i < starts.values.length; i++) {
    const axis = normalizeAxis(axes?.values[i] ?? i, x.dims.length);
    const step = steps?.values[i] ?? 1;
    const size = x.dims[axis];
    const stride = strides[axis];
    if (step === 0 || size === undefined || stride === undefined) return undefined;
    const clamp = (value: number) => {
      const at = value < 0 ? value + size : value;
      return step > 0 ? Math.min(Math.max(at, 0), size) : Math.min(Math.max(at, -1), size - 1);
    };
    const from = clamp(starts.values[i] as number);
    dims[axis] = Math.max(0, Math.ceil((clamp(ends.values[i] as number) - from) / step));
    own[axis] = stride * step;
    base += stride * from;
  }
  return pick(x, dims, offsets(dims, own, base));
};

const gather: Kernel = ({ node, inputs: [x, indices] }) => {
  if (!x || !indices) return undefined;
  const axis = normalizeAxis(attrInt(node, 'axis', 0), x.dims.length);
  const size = x.dims[axis];
  if (size === undefined) return undefined;
  const wanted = Array.from(indices.values, (i) => (i < 0 ? i + size : i));
  if (wanted.some((i) => i < 0 || i >= size)) return undefined;
  const outer = countOf(x.dims.slice(0, axis));
  const inner = countOf(x.dims.slice(axis + 1));
  const values = new Float64Array(outer * wanted.length * inner);
  let to = 0;
  for (let o = 0; o < outer; o++) {
    for (const index of wanted) {
      const from = (o * size + index) * inner;
      values.set(x.values.subarray(from, from + inner), to);
      to += inner;
    }
  }
  const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)];
  return [{ dtype: x.dtype, dims, values }];
};

const expand: Kernel = ({ inputs: [x, shape] }) => {
  const dims = x && shape && broadcastDims([x.dims, Array.from(shape.values)]);
  return dims && pick(x, dims, offsets(dims, broadcastStrides(x.dims, dims)));
};

const tile: Kernel = ({ inputs: [x, repeats] }) => {
  if (!x || repeats?.values.length !== x.dims.length) return undefined;
  const strides = stridesOf(x.dims);
  // Each axis as [repeat, size]: reading the repeat axis moves nowhere.
  const split = x.dims.flatMap((dim, i) => [repeats.values[i] as number, dim]);
  const own = strides.flatMap((stride) => [0, stride]);
  const dims = x.dims.map((dim, i) => dim * (repeats.values[i] as number));
  return pick(x, dims, offsets(split, own));
};

const pad: Kernel = ({ node, inputs: [x, pads, value, axes] }) => {
  if (!x || !pads || axes || attrString(node, 'mode', 'constant') !== 'constant') return undefined;
  if (pads.values.some((amount) => amount < 0)) return undefined;
  const rank = x.dims.length;
  const before = x.dims.map((_, i) => pads.values[i] as number);
  const dims = x.dims.map(
    (dim, i) => dim + (before[i] as number) + (pads.values[i + rank] as number),
  );
  const strides = stridesOf(dims);
  const base = before.reduce((sum, amount, i) => sum + amount * (strides[i] as number), 0);
  const values = new Float64Array(countOf(dims)).fill(value?.values[0] ?? 0);
  offsets(x.dims, strides, base).forEach((offset, i) => {
    values[offset] = x.values[i] as number;
  });
  return [{ dtype: x.dtype, dims, values }];
};

export const MOVEMENT_KERNELS: ReadonlyMap<string, Kernel> = new Map<string, Kernel>([
  ['Concat', concat],
  ['Expand', expand],
  ['Flatten', flatten],
  ['Gather', gather],
  ['Identity', ({ inputs: [x] }) => x && [x]],
  ['Pad', pad],
  ['Reshape', reshape],
  ['Slice', slice],
  ['Squeeze', squeeze],
  ['Tile', tile],
  ['Transpose', transpose],
  ['Unsqueeze', unsqueeze],
]);
