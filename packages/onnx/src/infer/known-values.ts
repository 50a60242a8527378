import { attrInt, attrTensor } from '../attributes.ts';
import { type DType, dtypeFromCode } from '../dtype.ts';
import type { Dim, TensorData } from '../ir.ts';
import { elementCount, tensorToArray } from '../tensor.ts';
import { product } from './op/dims.ts';
import type { Op } from './op/op.ts';
import { shapeRange } from './ops/generation.ts';
import { rangeLength, sliceRanges } from './ops/indexing.ts';

/** Longer lists are no shapes. */
const MAX_VALUES = 1024;

/** Safe integers are exact. One beyond them is rounded: all that is known of it is that it is larger than any size. */
export type Values = readonly Dim[];

/** The types whose values are followed, with the numbers that they hold. */
const RANGES: { readonly [D in DType]?: readonly [number, number] } = {
  bool: [0, 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63],
};

/** The elements of a constant that may take part in a shape: integers or bools of rank 0 or 1. */
export function constantValues(tensor: TensorData): Values | undefined {
  if (tensor.external || tensor.dims.length > 1) return undefined;
  if (!RANGES[tensor.dtype] || elementCount(tensor.dims) > MAX_VALUES) return undefined;
  return Array.from(tensorToArray(tensor) as ArrayLike<number | bigint>, Number);
}

type Propagation = (op: Op) => Values | undefined;

/** Element-wise over two lists, either of which may be a single value. */
function zip(map: (a: Dim, b: Dim) => Dim): Propagation {
  return (op) => {
    const [a, b] = [op.values(0), op.values(1)];
    if (op.node.inputs.length > 2) return undefined;
    if (!a || !b || (a.length !== b.length && a.length !== 1 && b.length !== 1)) return undefined;
    const length = a.length === 0 || b.length === 0 ? 0 : Math.max(a.length, b.length);
    const at = (list: Values, i: number) => list[list.length === 1 ? 0 : i] ?? null;
    return Array.from({ length }, (_, i) => map(at(a, i), at(b, i)));
  };
}

/** Arithmetic on sizes; a name survives next to the neutral element, a rounded number does not. */
function arithmetic(
  compute: (a: number, b: number) => number,
  neutral: { left?: number; right: number },
): Propagation {
  return zip((a, b) => {
    if (typeof a === 'number' && typeof b === 'number') {
      const result = compute(a, b);
      return [a, b, result].every(Number.isSafeInteger) ? result : null;
    }
    if (b === neutral.right) return a;
    return neutral.left !== undefined && a === neutral.left ? b : null;
  });
}

/** The larger or the smaller one, which rounding does not change. */
function extreme(choose: (a: number, b: number) => number): Propagation {
  return zip((a, b) => (typeof a === 'number' && typeof b === 'number' ? choose(a, b) : null));
}

const same: Propagation = (op) => op.values(0);

const cast: Propagation = (op) => {
  const values = op.values(0);
  if (dtypeFromCode(attrInt(op.node, 'to', 0)) !== 'bool') return values;
  return values?.map((value) => (typeof value === 'number' ? Number(value !== 0) : null));
};

/** A scalar made a vector, or back: the elements stay. */
const sameElements: Propagation = (op) => {
  const values = op.values(0);
  return values && values.length <= MAX_VALUES ? values : undefined;
};

const shape: Propagation = (op) => {
  const dims = op.shape(0);
  return dims ? shapeRange(op.node, dims.length).map((axis) => dims[axis] ?? null) : undefined;
};

const size: Propagation = (op) => {
  const dims = op.shape(0);
  return dims ? [product(dims)] : undefined;
};

const gather: Propagation = (op) => {
  const [data, indices] = [op.values(0), op.values(1)];
  if (!data || !indices) return undefined;
  return indices.map((index) => {
    if (typeof index !== 'number') return null;
    return data[index < 0 ? index + data.length : index] ?? null;
  });
};

const concat: Propagation = (op) => {
  const all: Dim[] = [];
  for (const i of op.node.inputs.keys()) {
    const part = op.values(i);
    if (!part || all.length + part.length > MAX_VALUES) return undefined;
    all.push(...part);
  }
  return all;
};

const slice: Propagation = (op) => {
  const data = op.values(0);
  const range = sliceRanges(op, 1)?.get(0);
  if (!data || !range) return undefined;
  const { start, end, step } = range;
  if (start === undefined || end === undefined || step === undefined || step === 0)
    return undefined;
  if (step === 1) return data.slice(start, end);
  if (step !== -1) return undefined;
  const length = data.length;
  const from = Math.min(start < 0 ? start + length : start, length - 1);
  const to = end < 0 ? Math.max(end + length, -1) : end;
  return data.slice(to + 1, from + 1).reverse();
};

const constant: Propagation = ({ node }) => {
  const value = node.attributes.get('value');
  if (value?.type === 'tensor') return constantValues(value.value);
  const one = node.attributes.get('value_int');
  if (one?.type === 'int') return [Number(one.value)];
  const list = node.attributes.get('value_ints');
  return list?.type === 'ints' ? list.value.map(Number) : undefined;
};

const constantOfShape: Propagation = (op) => {
  const length = op.values(0);
  const value = attrTensor(op.node, 'value');
  const [fill] = (value && constantValues(value)) ?? [];
  const count = length?.length === 0 ? 1 : length?.length === 1 ? length[0] : undefined;
  if (typeof count !== 'number' || count < 0 || count > MAX_VALUES || fill === undefined) {
    return undefined;
  }
  return Array<Dim>(count).fill(fill);
};

const where: Propagation = (op) => {
  const lists = [op.values(0), op.values(1), op.values(2)];
  const length = Math.max(...lists.map((list) => list?.length ?? 0));
  if (lists.some((list) => list && list.length !== 1 && list.length !== length)) return undefined;
  const [condition, yes, no] = lists.map(
    (list) => (i: number) => list?.[list.length === 1 ? 0 : i] ?? null,
  );
  if (!condition || !yes || !no || !lists[0]) return undefined;
  return Array.from({ length }, (_, i) => {
    const chosen = condition(i);
    if (chosen === null) return yes(i) === no(i) ? yes(i) : null;
    return chosen ? yes(i) : no(i);
  });
};

const range: Propagation = (op) => {
  const [start, limit, delta] = [0, 1, 2].map((input) => op.values(input)?.[0]);
  if (typeof start !== 'number' || typeof limit !== 'number' || typeof delta !== 'number') {
    return undefined;
  }
  const length = rangeLength(start, limit, delta);
  if (length === undefined || length > MAX_VALUES) return undefined;
  return Array.from({ length }, (_, i) => start + i * delta);
};

const reduceProd: Propagation = (op) => {
  const values = op.values(0);
  if (!values?.every((value) => typeof value === 'number')) return undefined;
  const result = (values as number[]).reduce((total, value) => total * value, 1);
  return attrInt(op.node, 'keepdims', 1) === 1 || Number.isSafeInteger(result)
    ? [Number.isSafeInteger(result) ? result : null]
    : undefined;
};

const PROPAGATIONS: ReadonlyMap<string, Propagation> = new Map(
  Object.entries({
    Add: arithmetic((a, b) => a + b, { left: 0, right: 0 }),
    Cast: cast,
    Concat: concat,
    Constant: constant,
    ConstantOfShape: constantOfShape,
    Div: arithmetic((a, b) => (b === 0 ? Number.NaN : Math.trunc(a / b)), { right: 1 }),
    Equal: zip((a, b) => {
      if (a === null || b === null) return null;
      if (a === b) return typeof a === 'string' || Number.isSafeInteger(a) ? 1 : null;
      // A name stands for some size, which is no negative number.
      const never = [a, b].some((dim) => typeof dim === 'number' && dim < 0);
      return never || (typeof a === 'number' && typeof b === 'number') ? 0 : null;
    }),
    Gather: gather,
    Identity: same,
    Max: extreme(Math.max),
    Min: extreme(Math.min),
    Mul: arithmetic((a, b) => a * b, { left: 1, right: 1 }),
    Range: range,
    ReduceProd: reduceProd,
    Reshape: sameElements,
    Shape: shape,
    Size: size,
    Slice: slice,
    Squeeze: sameElements,
    Sub: arithmetic((a, b) => a - b, { right: 0 }),
    Unsqueeze: sameElements,
    Where: where,
  }),
);

/**
 * The elements of a node's first output, of the type given, as far as they follow from its inputs: shapes that a
 * graph computes from other shapes. Undefined where the operator, or the type, does not take part in that; null for
 * one that leaves the range of the type.
 */
export function propagateValues(op: Op, dtype: DType): Values | undefined {
  const range = RANGES[dtype];
  const values = range && PROPAGATIONS.get(op.node.opType)?.(op);
  if (!values || values.length > MAX_VALUES) return undefined;
  const [low, high] = range;
  return values.map((value) =>
    typeof value === 'number' && (value < low || value > high) ? null : value,
  );
}
