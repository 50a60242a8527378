import type { Dim } from '../../ir.ts';
import { printShape } from '../../print/print-model.ts';

/** Sizes and names of dimensions; null where one is not known. */
export type Shape = readonly Dim[];

/** What an operator finds wrong with its inputs; becomes a problem of the node. */
export class Mismatch extends Error {
  readonly rule: 'type-mismatch' | 'shape-mismatch';

  constructor(rule: 'type-mismatch' | 'shape-mismatch', message: string) {
    super(message);
    this.rule = rule;
  }
}

export function shapeMismatch(message: string): Mismatch {
  return new Mismatch('shape-mismatch', message);
}

/** Broadcasts two dimensions; undefined where they cannot be. */
function broadcastDim(a: Dim, b: Dim): Dim | undefined {
  if (a === b) return a;
  if (a === 1) return b;
  if (b === 1) return a;
  const numberOfA = typeof a === 'number';
  if (numberOfA && typeof b === 'number') return undefined;
  // A size other than 1 wins: the open one can only be that size or 1.
  if (numberOfA) return a;
  return typeof b === 'number' ? b : null;
}

/**
 * NumPy's broadcasting of any number of shapes, aligned at the last dimension; null where one of them
 * has no known rank.
 *
 * @throws Mismatch
 */
export function broadcast(shapes: readonly (Shape | null)[]): Shape | null {
  let result: Dim[] = [];
  for (const shape of shapes) {
    if (!shape) return null;
    const rank = Math.max(result.length, shape.length);
    const merged: Dim[] = [];
    for (let i = 0; i < rank; i++) {
      const a = result[i - rank + result.length] ?? missing(i, rank, result);
      const b = shape[i - rank + shape.length] ?? missing(i, rank, shape);
      const dim = broadcastDim(a, b);
      if (dim === undefined) {
        const text = shapes.map((each) => printShape(each ?? [])).join(' and ');
        throw shapeMismatch(`The shapes ${text} cannot be broadcast: ${a} against ${b}.`);
      }
      merged.push(dim);
    }
    result = merged;
  }
  return result;
}

/** A dimension that the shorter shape does not have counts as 1, one that it has as null is null. */
function missing(index: number, rank: number, shape: Shape): Dim {
  return index - rank + shape.length < 0 ? 1 : null;
}

/**
 * One shape from two that describe the same value: sizes before names before nothing.
 *
 * @throws Mismatch where ranks or sizes differ
 */
export function mergeShapes(a: Shape | null, b: Shape | null): Shape | null {
  if (!a || !b) return a ?? b;
  if (a.length !== b.length) {
    throw shapeMismatch(`The shapes ${printShape(a)} and ${printShape(b)} differ in rank.`);
  }
  return a.map((dim, i) => {
    const other = b[i] ?? null;
    if (typeof dim === 'number' && typeof other === 'number' && dim !== other) {
      throw shapeMismatch(
        `The shapes ${printShape(a)} and ${printShape(b)} differ: ${dim}, ${other}.`,
      );
    }
    if (typeof dim === 'number') return dim;
    return typeof other === 'number' ? other : (dim ?? other);
  });
}

/** What two branches have in common: null where they differ. */
export function commonShape(a: Shape | null, b: Shape | null): Shape | null {
  if (!a || !b || a.length !== b.length) return null;
  return a.map((dim, i) => (dim === b[i] ? dim : null));
}

/** The product of dimensions, as a size or a name, null where it is neither. */
export function product(dims: Shape): Dim {
  return quotient(dims, []);
}

/**
 * The product of `dims` over the product of `divisors`: equal names cancel. Null where the result is
 * no single size or name.
 */
export function quotient(dims: Shape, divisors: Shape): Dim {
  let size = 1;
  const names: string[] = [];
  for (const dim of dims) {
    if (dim === null) return null;
    if (typeof dim === 'number') size *= dim;
    else names.push(dim);
  }
  let divisor = 1;
  for (const dim of divisors) {
    if (dim === null) return null;
    if (typeof dim === 'number') {
      divisor *= dim;
      continue;
    }
    const at = names.indexOf(dim);
    if (at < 0) return null;
    names.splice(at, 1);
  }
  if (size === 0 && divisor !== 0) return 0;
  if (divisor === 0 || size % divisor !== 0) return null;
  const [name] = names;
  if (name === undefined) return size / divisor;
  return names.length === 1 && size === divisor ? name : null;
}

/** The number of elements where every dimension is a size. */
export function sizeOf(dims: Shape): number | undefined {
  const total = product(dims);
  return typeof total === 'number' && dims.every((dim) => typeof dim === 'number')
    ? total
    : undefined;
}

/**
 * An axis counted from the front.
 *
 * @throws Mismatch where the rank has no such axis
 */
export function normalAxis(axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw shapeMismatch(`The axis ${axis} is outside a rank of ${rank}.`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** A dimension after a map of sizes; a name stays only where the map is the identity. */
export function mapSize(dim: Dim, map: (size: number) => number, identity: boolean): Dim {
  if (typeof dim === 'number') return map(dim);
  return identity ? dim : null;
}

/** As many unknown dimensions. */
export function unknownDims(rank: number): Dim[] {
  return Array<Dim>(rank).fill(null);
}
