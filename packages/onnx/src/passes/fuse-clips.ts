import type { Node } from '../ir.ts';
import { scalarValue } from '../rewrite/constant-values.ts';
import { isOp } from '../rewrite/is-op.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';
import { tensorFromArray } from '../tensor.ts';

export const fuseClips: Pass = {
  name: 'fuse-clips',
  summary: 'Relu and Clip in a row become the one that keeps to both ranges.',
  apply(context) {
    const { view, types } = context;
    let rewrites = 0;
    for (const node of view.nodes()) {
      const outer = rangeOf(node, context);
      const previous = outer && view.producer(node.inputs[0] as string);
      const inner = previous && rangeOf(previous, context);
      if (!outer || !inner) continue;
      const dtype = types.get(node.inputs[0]).dtype;
      if (dtype !== 'float32' && dtype !== 'float64') continue;
      const into = (value: number) => Math.min(Math.max(value, outer.low), outer.high);
      writeRange(
        node,
        previous.inputs[0] as string,
        { low: into(inner.low), high: into(inner.high) },
        dtype,
        context,
      );
      rewrites++;
    }
    return rewrites;
  },
};

interface Range {
  low: number;
  high: number;
}

function rangeOf(node: Node, context: PassContext): Range | undefined {
  if (isOp(node, 'Relu')) return { low: 0, high: Number.POSITIVE_INFINITY };
  if (!isOp(node, 'Clip')) return undefined;
  const bound = (index: number, otherwise: number) =>
    node.inputs[index] ? scalarValue(context, node.inputs[index]) : otherwise;
  const low = bound(1, Number.NEGATIVE_INFINITY);
  const high = bound(2, Number.POSITIVE_INFINITY);
  return low !== undefined && high !== undefined && low <= high ? { low, high } : undefined;
}

function writeRange(
  node: Node,
  source: string,
  { low, high }: Range,
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
