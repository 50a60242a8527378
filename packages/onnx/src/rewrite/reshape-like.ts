import type { Dim, Node } from '../ir.ts';
import { isOp, type OnnxNode } from './is-op.ts';
import type { PassContext } from './pass.ts';
import { reshapeTarget } from './shape-algebra.ts';
import { int64Tensor } from './tensor-values.ts';

/** True for the operators that give the same elements another shape. */
export function isReshapeLike(node: Node | undefined): node is OnnxNode {
  return isOp(node, 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten');
}

/**
 * Turns a node into a Reshape of `source` to `shape`; false, and no change, where the shape has more
 * than one dimension that is not static.
 */
export function rewriteAsReshape(
  { view }: PassContext,
  node: Node,
  source: string,
  shape: readonly Dim[] | undefined,
): boolean {
  const target = reshapeTarget(shape);
  if (!target) return false;
  const output = node.outputs[0] as string;
  view.rewrite(node, 'Reshape', [source, view.addConstant(`${output}_shape`, int64Tensor(target))]);
  return true;
}

/** A new value: `source` in another shape. Undefined where the shape cannot be written down. */
export function insertReshape(
  { view }: PassContext,
  place: Node,
  source: string,
  shape: readonly Dim[] | undefined,
): string | undefined {
  const target = reshapeTarget(shape);
  if (!target) return undefined;
  const output = view.freshName(`${source}_reshaped`);
  const shapeName = view.addConstant(`${output}_shape`, int64Tensor(target));
  view.insertBefore(place, 'Reshape', [source, shapeName], [output]);
  return output;
}
