import { attr } from '../attributes.ts';
import type { DType } from '../dtype.ts';
import { DTYPE_CODES } from '../dtype.ts';
import type { Node } from '../ir.ts';
import { scalarValue } from '../rewrite/constant-values.ts';
import { isOp } from '../rewrite/is-op.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';

export const mergeCasts: Pass = {
  name: 'merge-casts',
  summary:
    'A cast to a wider type goes where another cast follows; Where of 1 and 0 becomes a Cast of its condition.',
  apply(context) {
    let rewrites = 0;
    for (const node of context.view.nodes()) {
      if (skipWidening(node, context) || castCondition(node, context)) rewrites++;
    }
    return rewrites;
  },
};

/** What each dtype's values survive a cast to, exactly. */
const WIDER: Partial<Record<DType, readonly DType[]>> = {
  bool: ['uint8', 'int8', 'int32', 'int64', 'float32', 'float64'],
  int8: ['int16', 'int32', 'int64', 'float32', 'float64'],
  uint8: ['int16', 'int32', 'int64', 'float32', 'float64'],
  int16: ['int32', 'int64', 'float32', 'float64'],
  int32: ['int64', 'float64'],
  float32: ['float64'],
};

function skipWidening(node: Node, { view, types }: PassContext): boolean {
  const first = view.producer(node.inputs[0] ?? '');
  if (!isOp(node, 'Cast') || !isOp(first, 'Cast')) return false;
  const [from, through, to] = [first.inputs[0], first.outputs[0], node.outputs[0]].map(
    (name) => types.get(name).dtype,
  );
  if (!from || !through || !to || !WIDER[from]?.includes(through)) return false;
  // To a narrower integer, floats and integers overflow by different rules.
  if (to !== from && to !== 'bool' && !WIDER[from]?.includes(to) && to !== 'float32') return false;
  view.setInput(node, 0, first.inputs[0] as string);
  return true;
}

function castCondition(node: Node, context: PassContext): boolean {
  const { view, types } = context;
  if (!isOp(node, 'Where')) return false;
  const [condition, yes, no] = node.inputs as [string, string, string];
  const { dtype } = types.get(yes);
  const wide = [yes, no].some((name) => types.get(name).shape?.length !== 0);
  if (wide || !dtype || !Object.is(scalarValue(context, yes), 1)) return false;
  if (!Object.is(scalarValue(context, no), 0)) return false;
  view.rewrite(node, 'Cast', [condition], [['to', attr.int(DTYPE_CODES[dtype])]]);
  return true;
}
