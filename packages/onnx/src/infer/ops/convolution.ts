import { attrInt, attrInts, attrString } from '../../attributes.ts';
import type { Dim } from '../../ir.ts';
import { printShape } from '../../print/print-model.ts';
import { mapSize, type Shape, shapeMismatch, unknownDims } from '../op/dims.ts';
import { type Family, type Inference, type Op, tensor } from '../op/op.ts';

/** How a window slides over the spatial dimensions. */
interface Window {
  kernel: readonly Dim[];
  strides: readonly number[];
  dilations: readonly number[];
  /** Begins, then ends. */
  pads: readonly number[];
  autoPad: string;
  ceil: boolean;
}

function spatialRank(op: Op): number | undefined {
  const shape = op.shape(0);
  if (!shape) return undefined;
  if (shape.length < 3) {
    throw shapeMismatch(
      `${op.node.opType} takes a batch, channels and at least one spatial dimension, got ${printShape(shape)}.`,
    );
  }
  return shape.length - 2;
}

function readWindow(op: Op, rank: number, kernel: readonly Dim[]): Window {
  const list = (name: string, length: number, fallback: number) => {
    const values = attrInts(op.node, name, Array<number>(length).fill(fallback));
    if (values.length === length) return values;
    throw shapeMismatch(`${name} has ${values.length} entries, ${length} are needed.`);
  };
  if (kernel.length !== rank) {
    throw shapeMismatch(`The kernel has ${kernel.length} dimensions, the input ${rank}.`);
  }
  const strides = list('strides', rank, 1);
  if (strides.some((stride) => stride < 1)) {
    throw shapeMismatch(`The strides [${strides.join(', ')}] are not all positive.`);
  }
  return {
    kernel,
    strides,
    dilations: list('dilations', rank, 1),
    pads: list('pads', 2 * rank, 0),
    autoPad: attrString(op.node, 'auto_pad', 'NOTSET'),
    ceil: attrInt(op.node, 'ceil_mode', 0) === 1,
  };
}

function slide(dim: Dim, axis: number, window: Window): Dim {
  const stride = window.strides[axis] as number;
  if (window.autoPad.startsWith('SAME')) {
    return mapSize(dim, (size) => Math.ceil(size / stride), stride === 1);
  }
  const kernel = window.kernel[axis] ?? null;
  if (typeof kernel !== 'number') return null;
  const extent = (kernel - 1) * (window.dilations[axis] as number) + 1;
  const valid = window.autoPad === 'VALID';
  const begin = valid ? 0 : (window.pads[axis] as number);
  const end = valid ? 0 : (window.pads[axis + window.kernel.length] as number);
  const identity = stride === 1 && begin + end === extent - 1;
  if (typeof dim !== 'number') return identity ? dim : null;
  const room = dim + begin + end - extent;
  if (room < 0) {
    throw shapeMismatch(
      `A window of ${extent} does not fit into ${dim} with pads of ${begin + end}.`,
    );
  }
  if (!window.ceil) return Math.floor(room / stride) + 1;
  const size = Math.ceil(room / stride) + 1;
  // Whether a last window that begins in the padding counts has changed between ONNX's versions.
  return (size - 1) * stride >= dim + begin ? null : size;
}

/** The kernel's spatial sizes: the attribute, else the weights'. */
function kernelOf(op: Op, weights: Shape | null, rank: number): readonly Dim[] {
  return attrInts(op.node, 'kernel_shape') ?? weights?.slice(2) ?? unknownDims(rank);
}

function convolve(op: Op, weightsAt: number): Shape | null {
  const x = op.shape(0);
  const rank = spatialRank(op);
  if (!x || rank === undefined) return null;
  const weights = op.shape(weightsAt);
  if (weights && weights.length !== x.length) {
    throw shapeMismatch(
      `The weights ${printShape(weights)} do not have the rank of ${printShape(x)}.`,
    );
  }
  const group = attrInt(op.node, 'group', 1);
  const perGroup = weights?.[1] ?? null;
  const channels = x[1] ?? null;
  if (
    typeof channels === 'number' &&
    typeof perGroup === 'number' &&
    channels !== perGroup * group
  ) {
    throw shapeMismatch(
      `The weights ${printShape(weights ?? [])} in ${group} group(s) take ${perGroup * group} channels, the input has ${channels}.`,
    );
  }
  const window = readWindow(op, rank, kernelOf(op, weights, rank));
  const spatial = x.slice(2).map((dim, axis) => slide(dim, axis, window));
  return [x[0] ?? null, weights?.[0] ?? null, ...spatial];
}

const convTranspose: Inference = (op) => {
  const x = op.shape(0);
  const rank = spatialRank(op);
  const dtype = op.dtype(0);
  if (!x || rank === undefined) return [tensor(dtype, null)];
  const weights = op.shape(1);
  if (weights && weights.length !== x.length) {
    throw shapeMismatch(
      `The weights ${printShape(weights)} do not have the rank of ${printShape(x)}.`,
    );
  }
  const [channels = null] = x.slice(1);
  const [expected = null, perGroup = null] = weights ?? [];
  if (typeof channels === 'number' && typeof expected === 'number' && channels !== expected) {
    throw shapeMismatch(`The weights take ${expected} channels, the input has ${channels}.`);
  }
  const window = readWindow(op, rank, kernelOf(op, weights, rank));
  const outputPadding = attrInts(op.node, 'output_padding', Array<number>(rank).fill(0));
  const outputShape = attrInts(op.node, 'output_shape');
  const spatial = x.slice(2).map((dim, axis): Dim => {
    // The attribute gives the spatial sizes; some files give all of them.
    if (outputShape) return outputShape.slice(-rank)[axis] ?? null;
    const stride = window.strides[axis] as number;
    if (window.autoPad.startsWith('SAME')) {
      return mapSize(dim, (size) => size * stride, stride === 1);
    }
    const kernel = window.kernel[axis] ?? null;
    if (typeof kernel !== 'number') return null;
    const extent = (kernel - 1) * (window.dilations[axis] as number) + 1;
    const pads =
      window.autoPad === 'VALID'
        ? 0
        : (window.pads[axis] as number) + (window.pads[axis + rank] as number);
    const extra = extent + (outputPadding[axis] ?? 0) - pads - stride;
    return mapSize(dim, (size) => size * stride + extra, stride === 1 && extra === 0);
  });
  const group = attrInt(op.node, 'group', 1);
  const filters = typeof perGroup === 'number' ? perGroup * group : group === 1 ? perGroup : null;
  return [tensor(dtype, [x[0] ?? null, filters, ...spatial])];
};

function poolShape(op: Op): Shape | null {
  const x = op.shape(0);
  const rank = spatialRank(op);
  if (!x || rank === undefined) return null;
  const window = readWindow(op, rank, attrInts(op.node, 'kernel_shape') ?? []);
  return [...x.slice(0, 2), ...x.slice(2).map((dim, axis) => slide(dim, axis, window))];
}

const pool: Inference = (op) => {
  const shape = poolShape(op);
  return [tensor(op.dtype(0), shape), tensor('int64', shape)];
};

const globalPool: Inference = (op) => {
  const rank = spatialRank(op);
  const shape = rank === undefined ? null : op.shape(0)?.map((dim, i) => (i < 2 ? dim : 1));
  return [tensor(op.dtype(0), shape ?? null)];
};

/** Convolutions and pools, laid out batch, channels, spatial dimensions. */
export const convolution: Family = {
  Conv: (op) => [tensor(op.dtype(0), convolve(op, 1))],
  ConvInteger: (op) => [tensor('int32', convolve(op, 1))],
  QLinearConv: (op) => [tensor(op.dtype(7), convolve(op, 3))],
  ConvTranspose: convTranspose,
  MaxPool: pool,
  AveragePool: (op) => [tensor(op.dtype(0), poolShape(op))],
  LpPool: (op) => [tensor(op.dtype(0), poolShape(op))],
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  GlobalLpPool: globalPool,
};
