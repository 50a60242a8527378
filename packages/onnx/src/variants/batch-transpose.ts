import { attrInts } from '../attributes.ts';
import type { Node } from '../ir.ts';
import type { GraphView } from '../rewrite/graph-view.ts';
import { isOp } from '../rewrite/is-op.ts';

/**
 * Whether a Transpose is one that ONNX Runtime must not be given in half precision: on the CPU, 1.30 merges it with
 * the MatMul that reads it (`transBatchA` and `transBatchB` of its FusedMatMul), and the process ends with a
 * segmentation fault at loading where the other factor is a constant of two axes. That merge is for permutations
 * that take the first axis, the batch, behind all others but the last one or two.
 */
export function crashesInHalf(node: Node, view: GraphView): boolean {
  if (!isOp(node, 'Transpose') || !movesBatchInwards(attrInts(node, 'perm'))) return false;
  const [moved] = node.outputs as [string];
  return view
    .consumers(moved)
    .some(
      (reader) =>
        isOp(reader, 'MatMul') &&
        reader.inputs.some((name) => name !== moved && isConstantMatrix(name, view)),
    );
}

/** [1, …, n − 2, 0, n − 1] or [1, …, n − 1, 0], of three axes or more. */
function movesBatchInwards(perm: readonly number[] | undefined): boolean {
  if (!perm || perm.length < 3) return false;
  const at = perm.indexOf(0);
  if (at < perm.length - 2) return false;
  return perm.filter((axis) => axis !== 0).every((axis, i) => axis === i + 1);
}

function isConstantMatrix(name: string, view: GraphView): boolean {
  const producer = view.producer(name);
  const value =
    producer && isOp(producer, 'Constant') ? producer.attributes.get('value') : undefined;
  const tensor = value?.type === 'tensor' ? value.value : view.constant(name);
  return tensor?.dims.length === 2;
}
