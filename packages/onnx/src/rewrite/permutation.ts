import { attrInts } from '../attributes.ts';
import type { Dim, Node } from '../ir.ts';

/**
 * The permutation of a Transpose: axis i of the result is axis perm[i] of the input. Undefined where
 * it is not known, or is none.
 */
export function permutationOf(node: Node, shape: readonly Dim[] | undefined): number[] | undefined {
  const perm = attrInts(node, 'perm');
  if (perm) return isPermutation(perm) ? perm : undefined;
  return shape?.map((_, i) => shape.length - 1 - i);
}

function isPermutation(perm: readonly number[]): boolean {
  const seen = new Set(perm.filter((axis) => axis >= 0 && axis < perm.length));
  return seen.size === perm.length;
}

export function inversePermutation(perm: readonly number[]): number[] {
  const inverse = new Array<number>(perm.length);
  perm.forEach((axis, i) => {
    inverse[axis] = i;
  });
  return inverse;
}

/** The one Transpose that does `first`, then `second`. */
export function composePermutations(first: readonly number[], second: readonly number[]): number[] {
  return second.map((axis) => first[axis] as number);
}

export function isIdentity(perm: readonly number[]): boolean {
  return perm.every((axis, i) => axis === i);
}

export function isAscending(values: readonly number[]): boolean {
  return values.every((value, i) => i === 0 || value > (values[i - 1] as number));
}

/** What Transpose does to a list with one entry an axis. */
export function permute<T>(values: readonly T[], perm: readonly number[]): T[] {
  return perm.map((axis) => values[axis] as T);
}
