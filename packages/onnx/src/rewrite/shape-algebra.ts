import type { Dim } from '../ir.ts';

/** The size that broadcasting two dimensions gives. */
export function broadcastDim(a: Dim, b: Dim): Dim {
  if (a === 1) return b;
  if (b === 1) return a;
  if (typeof a === 'number') return a;
  if (typeof b === 'number') return b;
  return a === b ? a : null;
}

export function broadcastShapes(shapes: readonly (readonly Dim[])[]): Dim[] {
  const rank = shapes.reduce((most, shape) => Math.max(most, shape.length), 0);
  const result: Dim[] = new Array(rank).fill(1);
  for (const shape of shapes) {
    shape.forEach((dim, i) => {
      const at = rank - shape.length + i;
      result[at] = broadcastDim(result[at] as Dim, dim);
    });
  }
  return result;
}

/** True where both dimensions are surely the same size. */
export function sameDim(a: Dim | undefined, b: Dim | undefined): boolean {
  return a !== null && a !== undefined && a === b;
}

export function sameShape(a: readonly Dim[] | undefined, b: readonly Dim[] | undefined): boolean {
  return (
    Array.isArray(a) &&
    Array.isArray(b) &&
    a.length === b.length &&
    a.every((dim, i) => sameDim(dim, b[i]))
  );
}

/**
 * True where two shapes of equally many elements are surely the same: all dimensions but one are
 * known to be equal (and not 0), so the last one must be too.
 */
export function sameShapeBySize(
  a: readonly Dim[] | undefined,
  b: readonly Dim[] | undefined,
): boolean {
  if (!a || !b || a.length !== b.length) return false;
  const open = a.filter((dim, i) => !sameDim(dim, b[i]));
  if (open.length > 1) return false;
  // A named dimension may be 0, which would make any size fit the open one.
  return (
    open.length === 0 ||
    a.every((dim, i) => !sameDim(dim, b[i]) || (typeof dim === 'number' && dim > 0))
  );
}

/** True where `shape` broadcast against `target` surely gives `target` itself. */
export function broadcastsInto(
  shape: readonly Dim[] | undefined,
  target: readonly Dim[] | undefined,
): boolean {
  if (!shape || !target || shape.length > target.length) return false;
  const offset = target.length - shape.length;
  return shape.every((dim, i) => dim === 1 || sameDim(dim, target[offset + i]));
}

export function staticShape(shape: readonly Dim[] | undefined): number[] | undefined {
  const known = Array.isArray(shape) && shape.every((dim) => typeof dim === 'number');
  return known ? (shape as number[]) : undefined;
}

/** A product of dimensions: a number times named ones, or undefined where something is unknown. */
interface Product {
  factor: number;
  names: string[];
}

function product(dims: readonly Dim[]): Product | undefined {
  const result: Product = { factor: 1, names: [] };
  for (const dim of dims) {
    if (dim === null) return undefined;
    if (typeof dim === 'number') result.factor *= dim;
    else result.names.push(dim);
  }
  return result;
}

/** The product of some dimensions as one dimension, where it can be said. */
export function multiplyDims(dims: readonly Dim[]): Dim {
  const result = product(dims);
  return result ? asDim(result) : null;
}

/** What remains of the product of `dims` after division by that of `divisor`, as one dimension. */
export function divideDims(dims: readonly Dim[], divisor: readonly Dim[]): Dim {
  const all = product(dims);
  const part = product(divisor);
  if (!all || !part || part.factor === 0 || all.factor % part.factor !== 0) return null;
  const names = [...all.names];
  for (const name of part.names) {
    const at = names.indexOf(name);
    if (at < 0) return null;
    names.splice(at, 1);
  }
  return asDim({ factor: all.factor / part.factor, names });
}

function asDim({ factor, names }: Product): Dim {
  if (factor === 0 || names.length === 0) return factor;
  return factor === 1 && names.length === 1 ? (names[0] as string) : null;
}

/**
 * The target of a Reshape that gives `shape`: −1 stands for the one dimension that is not static.
 * Undefined where more than one is not, or where a 0 would make −1 ambiguous.
 */
export function reshapeTarget(shape: readonly Dim[] | undefined): number[] | undefined {
  if (!shape) return undefined;
  const open = shape.filter((dim) => typeof dim !== 'number').length;
  if (open > 1 || shape.includes(0)) return undefined;
  return shape.map((dim) => (typeof dim === 'number' ? dim : -1));
}
