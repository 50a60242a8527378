import type { Node } from '../ir.ts';
import { scalarValue } from '../rewrite/constant-values.ts';
import { isOp } from '../rewrite/is-op.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';
import { broadcastsInto } from '../rewrite/shape-algebra.ts';
import { tensorFromArray } from '../tensor.ts';

export const fuseClips: Pass = {
  name: 'fuse-clips',
  summary:
    'Relu, Clip, and Max and Min with one number, become the one that keeps to all ranges where they follow each other.',
  apply(context) {
    const { view, types } = context;
    let rewrites = 0;
    for (const node of view.nodes()) {
      const outer = rangeOf(node, context);
      const previous = outer && view.producer(outer.source);
      const inner = previous && rangeOf(previous, context);
      if (!outer || !inner) continue;
      const dtype = types.get(outer.source).dtype;
      if (dtype !== 'float32' && dtype !== 'float64') continue;
      const into = (value: number) => Math.min(Math.max(value, outer.low), outer.high);
      const bounds = { low: into(inner.low), high: into(inner.high) };
      // A range that is one infinity bounds all values, and what an open end is written as bounds none.
      if (bounds.low === Number.POSITIVE_INFINITY || bounds.high === Number.NEGATIVE_INFINITY)
        continue;
      writeRange(node, inner.source, bounds, dtype, context);
      rewrites++;
    }
    return rewrites;
  },
};

interface Bounds {
  low: number;
  high: number;
}

interface Range extends Bounds {
  /** The value that is kept to the range. */
  source: string;
}

function rangeOf(node: Node, context: PassContext): Range | undefined {
  const source = node.inputs[0] as string;
  if (isOp(node, 'Relu')) return { source, low: 0, high: Number.POSITIVE_INFINITY };
  if (isOp(node, 'Max', 'Min')) return oneSided(node, context);
  if (!isOp(node, 'Clip')) return undefined;
  const bound = (index: number, otherwise: number) =>
    node.inputs[index] ? scalarValue(context, node.inputs[index]) : otherwise;
  const low = bound(1, Number.NEGATIVE_INFINITY);
  const high = bound(2, Number.POSITIVE_INFINITY);
  return low !== undefined && high !== undefined && low <= high ? { source, low, high } : undefined;
}

/** max(x, c) or min(x, c), in either order, for a number that does not change the shape of x. */
function oneSided(node: Node, context: PassContext): Range | undefined {
  const { types } = context;
  if (node.inputs.length !== 2) return undefined;
  for (const side of [0, 1] as const) {
    const [source, constant] = [node.inputs[side], node.inputs[1 - side]] as [string, string];
    const bound = scalarValue(context, constant);
    if (bound === undefined || Number.isNaN(bound)) continue;
    if (!broadcastsInto(types.get(constant).shape, types.get(source).shape)) continue;
    return isOp(node, 'Max')
      ? { source, low: bound, high: Number.POSITIVE_INFINITY }
      : { source, low: Number.NEGATIVE_INFINITY, high: bound };
  }
  return undefined;
}

function writeRange(
  node: Node,
  source: string,
  { low, high }: Bounds,
  dtype: 'float32' | 'float64',
  { view }: PassContext,
): void {
  const bound = (value: number, side: string) => {
    if (!Number.isFinite(value)) return '';
    const { name: _, ...tensor } = tensorFromArray('', dtype, [value], []);
    return view.addConstant(`${node.outputs[0]}_${side}`, tensor);
  };
  if (Object.is(low, 0) && high === Number.POSITIVE_INFINITY) {
    view.rewrite(node, 'Relu', [source]);
    return;
  }
  const inputs = [source, bound(low, 'min'), bound(high, 'max')];
  while (inputs.at(-1) === '') inputs.pop();
  view.rewrite(node, 'Clip', inputs);
}
