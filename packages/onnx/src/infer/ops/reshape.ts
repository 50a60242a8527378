import { attrInt, attrInts } from '../../attributes.ts';
import type { Dim } from '../../ir.ts';
import { printShape } from '../../print/print-model.ts';
import {
  broadcast,
  mapSize,
  normalAxis,
  product,
  quotient,
  type Shape,
  shapeMismatch,
  sizeOf,
  unknownDims,
} from '../op/dims.ts';
import { type Family, type Inference, knownInts, lengthOf, type Op, tensor } from '../op/op.ts';

/** A list that was an attribute once and became an input; undefined where it is not known. */
function listOf(op: Op, attribute: string, input: number): readonly Dim[] | undefined {
  return attrInts(op.node, attribute) ?? op.values(input);
}

const reshape: Inference = (op) => {
  const x = op.shape(0);
  const target = listOf(op, 'shape', 1);
  if (!target) {
    const rank = lengthOf(op, 1);
    return [tensor(op.dtype(0), rank === undefined ? null : unknownDims(rank))];
  }
  return [tensor(op.dtype(0), reshapeTo(x, target, attrInt(op.node, 'allowzero', 0) === 1))];
};

/** 0 takes the input's dimension (unless `allowZero`), one -1 takes what is left. */
function reshapeTo(x: Shape | null, target: readonly Dim[], allowZero: boolean): Shape {
  const shape = target.map((dim, i): Dim => {
    if (dim !== 0 || allowZero) return dim;
    if (x && i >= x.length) {
      throw shapeMismatch(
        `Reshape to ${printShape(target)}: the input has no dimension ${i} to keep.`,
      );
    }
    return x?.[i] ?? null;
  });
  const open = shape.indexOf(-1);
  const bad = shape.some((dim, i) => typeof dim === 'number' && dim < 0 && i !== open);
  if (bad)
    throw shapeMismatch(`Reshape to ${printShape(target)}: one -1 is allowed, other sizes ≥ 0.`);
  const rest = shape.filter((_, i) => i !== open);
  const from = x && sizeOf(x);
  const to = sizeOf(rest);
  if (typeof from === 'number' && to !== undefined) {
    const fits = open < 0 ? from === to : to === 0 ? from === 0 : from % to === 0;
    if (!fits) {
      throw shapeMismatch(
        `${printShape(x as Shape)} has ${from} elements and cannot become ${printShape(target)}.`,
      );
    }
  }
  if (open >= 0) shape[open] = x ? quotient(x, rest) : null;
  else if (x) fillOne(shape, x);
  return shape;
}

/** A single dimension that is not known follows from the number of elements. */
function fillOne(shape: Dim[], x: Shape): void {
  const at = shape.indexOf(null);
  if (at < 0 || shape.includes(null, at + 1)) return;
  const rest = shape.filter((_, i) => i !== at);
  shape[at] = quotient(x, rest);
}

const flatten: Inference = (op) => {
  const x = op.shape(0);
  if (!x) return [tensor(op.dtype(0), [null, null])];
  const axis = attrInt(op.node, 'axis', 1);
  if (axis < -x.length || axis > x.length) {
    throw shapeMismatch(`The axis ${axis} is outside a rank of ${x.length}.`);
  }
  const at = axis < 0 ? axis + x.length : axis;
  return [tensor(op.dtype(0), [product(x.slice(0, at)), product(x.slice(at))])];
};

const squeeze: Inference = (op) => {
  const x = op.shape(0);
  const axes = attrInts(op.node, 'axes') ?? (op.has(1) ? (knownInts(op, 1) ?? null) : undefined);
  if (!x || axes === null) return [tensor(op.dtype(0), null)];
  if (axes === undefined) {
    // Which dimensions are 1 must be known of all of them.
    const known = x.every((dim) => typeof dim === 'number');
    return [tensor(op.dtype(0), known ? x.filter((dim) => dim !== 1) : null)];
  }
  const gone = new Set(axes.map((axis) => normalAxis(axis, x.length)));
  for (const axis of gone) {
    const dim = x[axis];
    if (typeof dim === 'number' && dim !== 1) {
      throw shapeMismatch(`Squeeze of axis ${axis} in ${printShape(x)}: its size is not 1.`);
    }
  }
  return [
    tensor(
      op.dtype(0),
      x.filter((_, i) => !gone.has(i)),
    ),
  ];
};

const unsqueeze: Inference = (op) => {
  const x = op.shape(0);
  const axes = attrInts(op.node, 'axes') ?? knownInts(op, 1);
  if (!x || !axes) {
    const added = axes?.length ?? lengthOf(op, 1);
    const rank = x && added !== undefined ? x.length + added : undefined;
    return [tensor(op.dtype(0), rank === undefined ? null : unknownDims(rank))];
  }
  const rank = x.length + axes.length;
  const added = new Set(axes.map((axis) => normalAxis(axis, rank)));
  if (added.size !== axes.length) {
    throw shapeMismatch(`Unsqueeze at [${printNumbers(axes)}] names an axis twice.`);
  }
  const rest = [...x];
  const shape = Array.from(
    { length: rank },
    (_, i): Dim => (added.has(i) ? 1 : (rest.shift() ?? null)),
  );
  return [tensor(op.dtype(0), shape)];
};

/** A list from a file can be as long as the file; a line about it cannot. */
function printNumbers(values: readonly number[]): string {
  return values.length > 16 ? `${values.slice(0, 16).join(', ')}, …` : values.join(', ');
}

const transpose: Inference = (op) => {
  const x = op.shape(0);
  const given = attrInts(op.node, 'perm');
  const rank = x?.length ?? given?.length ?? 0;
  const sound = given?.length === rank && new Set(given).size === rank;
  if (given && !(sound && given.every((axis) => axis >= 0 && axis < rank))) {
    const of = x ? ` of ${printShape(x)}` : '';
    throw shapeMismatch(`[${printNumbers(given)}] is no permutation of the axes${of}.`);
  }
  if (!x) return [tensor(op.dtype(0), given ? unknownDims(rank) : null)];
  const perm = given ?? x.map((_, i) => x.length - 1 - i);
  return [
    tensor(
      op.dtype(0),
      perm.map((i) => x[i] ?? null),
    ),
  ];
};

const expand: Inference = (op) => {
  const length = lengthOf(op, 1);
  const target = op.values(1) ?? (length === undefined ? null : unknownDims(length));
  return [tensor(op.dtype(0), broadcast([op.shape(0), target]))];
};

const tile: Inference = (op) => {
  const x = op.shape(0);
  if (!x) return [tensor(op.dtype(0), null)];
  const repeats = op.opset < 6 ? undefined : op.values(1);
  const shape = x.map((dim, i): Dim => {
    const times = repeats?.[i];
    return times === undefined || times === null ? null : product([dim, times]);
  });
  if (repeats && repeats.length !== x.length) {
    throw shapeMismatch(`${repeats.length} repeats do not fit ${printShape(x)}.`);
  }
  return [tensor(op.dtype(0), shape)];
};

const concat: Inference = (op) => {
  const shapes = op.node.inputs.map((_, i) => op.shape(i));
  const first = shapes.find((shape) => shape !== null);
  if (!first) return [tensor(op.dtype(0), null)];
  const axis = normalAxis(attrInt(op.node, 'axis', 1), first.length);
  const result = [...first];
  for (const shape of shapes) {
    if (!shape) continue;
    if (shape.length !== first.length) {
      throw shapeMismatch(
        `Concat of ${printShape(first)} and ${printShape(shape)}: the ranks differ.`,
      );
    }
    for (const [i, dim] of shape.entries()) {
      if (i === axis) continue;
      const known = result[i] ?? null;
      if (typeof dim === 'number' && typeof known === 'number' && dim !== known) {
        throw shapeMismatch(
          `Concat of ${printShape(first)} and ${printShape(shape)} on axis ${axis}: dimension ${i} differs.`,
        );
      }
      if (typeof known !== 'number') result[i] = typeof dim === 'number' ? dim : (known ?? dim);
    }
  }
  const parts = shapes.map((shape) => shape?.[axis] ?? null);
  const [only = null] = parts;
  const numbers = parts.every((part) => typeof part === 'number');
  result[axis] =
    parts.length === 1
      ? only
      : numbers
        ? (parts as number[]).reduce((sum, part) => sum + part, 0)
        : null;
  return [tensor(op.dtype(0), result)];
};

const split: Inference = (op) => {
  const x = op.shape(0);
  const count = op.node.outputs.length;
  if (!x) return Array.from({ length: count }, () => tensor(op.dtype(0), null));
  const axis = normalAxis(attrInt(op.node, 'axis', 0), x.length);
  const given = op.has(1) ? op.values(1) : attrInts(op.node, 'split');
  const whole = x[axis] ?? null;
  if (given && given.length !== count) {
    throw shapeMismatch(`Split into ${given.length} sizes has ${count} outputs.`);
  }
  const total = given && sizeSum(given);
  if (total !== undefined && typeof whole === 'number' && total !== whole) {
    throw shapeMismatch(`Split of ${whole} into sizes that add up to ${total}.`);
  }
  const sizes = given ?? (op.has(1) ? unknownDims(count) : evenly(whole, count));
  return sizes.map((size) => tensor(op.dtype(0), x.with(axis, size)));
};

function sizeSum(sizes: readonly Dim[]): number | undefined {
  return sizes.every((size) => typeof size === 'number')
    ? (sizes as number[]).reduce((sum, size) => sum + size, 0)
    : undefined;
}

/** Equal parts, the last one smaller where they do not come out even. */
function evenly(whole: Dim, count: number): readonly Dim[] {
  if (typeof whole !== 'number') return count === 1 ? [whole] : unknownDims(count);
  const part = Math.ceil(whole / count);
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(part, whole - i * part)));
}

const pad: Inference = (op) => {
  const x = op.shape(0);
  if (!x) return [tensor(op.dtype(0), null)];
  const pads = attrInts(op.node, 'pads') ?? attrInts(op.node, 'paddings') ?? knownInts(op, 1);
  const axes = op.has(3)
    ? knownInts(op, 3)?.map((axis) => normalAxis(axis, x.length))
    : x.map((_, i) => i);
  if (!pads || !axes) return [tensor(op.dtype(0), unknownDims(x.length))];
  if (pads.length !== 2 * axes.length) {
    throw shapeMismatch(
      `Pad of ${axes.length} axes needs ${2 * axes.length} pads, got ${pads.length}.`,
    );
  }
  const shape = [...x];
  for (const [i, axis] of axes.entries()) {
    const extra = (pads[i] ?? 0) + (pads[i + axes.length] ?? 0);
    shape[axis] = mapSize(x[axis] ?? null, (size) => size + extra, extra === 0);
  }
  return [tensor(op.dtype(0), shape)];
};

/** Blocks of the spatial dimensions into channels, or back. */
function blocks(toDepth: boolean): Inference {
  return (op) => {
    const x = op.shape(0);
    if (!x) return [tensor(op.dtype(0), null)];
    if (x.length !== 4)
      throw shapeMismatch(`${op.node.opType} takes 4 dimensions, got ${printShape(x)}.`);
    const block = attrInt(op.node, 'blocksize', 1);
    const scale = (dim: Dim, factor: number, up: boolean): Dim => {
      if (typeof dim !== 'number') return factor === 1 ? dim : null;
      if (!up && dim % factor !== 0) {
        throw shapeMismatch(`${op.node.opType}: ${dim} is no multiple of ${factor}.`);
      }
      return up ? dim * factor : dim / factor;
    };
    const [n = null, c = null, h = null, w = null] = x;
    const spatial = [scale(h, block, !toDepth), scale(w, block, !toDepth)];
    return [tensor(op.dtype(0), [n, scale(c, block * block, toDepth), ...spatial])];
  };
}

/** Operators that move elements or repeat them. */
export const reshaping: Family = {
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Expand: expand,
  Tile: tile,
  Concat: concat,
  Split: split,
  Pad: pad,
  SpaceToDepth: blocks(true),
  DepthToSpace: blocks(false),
};
