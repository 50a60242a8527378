import { attr, attrInts, attrString } from '../attributes.ts';
import type { Node } from '../ir.ts';
import { constantInts, uniformValue } from '../rewrite/constant-values.ts';
import { isOp } from '../rewrite/is-op.ts';
import { normalizeAxis } from '../rewrite/node-axes.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';

export const foldPadIntoConv: Pass = {
  name: 'fold-pad-into-conv',
  summary: 'Zero padding of the spatial axes in front of a Conv becomes its pads.',
  apply(context) {
    let rewrites = 0;
    for (const node of context.view.nodes()) if (fold(node, context)) rewrites++;
    return rewrites;
  },
};

function fold(conv: Node, context: PassContext): boolean {
  const { view, types } = context;
  if (!isOp(conv, 'Conv')) return false;
  const pad = view.producer(conv.inputs[0] as string);
  const rank = types.get(conv.inputs[0]).shape?.length;
  const autoPad = attrString(conv, 'auto_pad', 'NOTSET');
  if (!isOp(pad, 'Pad') || rank === undefined || !['NOTSET', 'VALID'].includes(autoPad))
    return false;
  const amounts = padAmounts(pad, rank, context);
  if (!amounts) return false;
  const spatial = rank - 2;
  const own = autoPad === 'VALID' ? undefined : attrInts(conv, 'pads');
  const side = (from: number, offset: number) =>
    Array.from(
      { length: spatial },
      (_, i) => (amounts[from + 2 + i] as number) + (own?.[offset + i] ?? 0),
    );
  const attributes = new Map(conv.attributes);
  attributes.delete('auto_pad');
  attributes.set('pads', attr.ints([...side(0, 0), ...side(rank, spatial)]));
  const inputs = [pad.inputs[0] as string, ...conv.inputs.slice(1)];
  view.rewrite(conv, 'Conv', inputs, attributes);
  return true;
}

/** Begins and ends for every axis, where a Pad writes zeros, and those around spatial axes only. */
function padAmounts(pad: Node, rank: number, context: PassContext): number[] | undefined {
  if (attrString(pad, 'mode', 'constant') !== 'constant') return undefined;
  if (pad.inputs[2] && uniformValue(context, pad.inputs[2]) !== 0) return undefined;
  const given = constantInts(context, pad.inputs[1]);
  const axes = pad.inputs[3] ? constantInts(context, pad.inputs[3]) : undefined;
  if (!given || (pad.inputs[3] && !axes)) return undefined;
  const amounts = new Array<number>(2 * rank).fill(0);
  const listed = axes ?? Array.from({ length: rank }, (_, i) => i);
  listed.forEach((axis, i) => {
    amounts[normalizeAxis(axis, rank)] = given[i] as number;
    amounts[normalizeAxis(axis, rank) + rank] = given[i + listed.length] as number;
  });
  const outside = [0, 1, rank, rank + 1].some((i) => amounts[i] !== 0);
  return outside || amounts.some((amount) => amount < 0) ? undefined : amounts;
}
