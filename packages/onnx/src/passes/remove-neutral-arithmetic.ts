import type { Node } from '../ir.ts';
import { uniformValue } from '../rewrite/constant-values.ts';
import { isOp } from '../rewrite/is-op.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';
import { broadcastsInto } from '../rewrite/shape-algebra.ts';
import { isFloat } from '../rewrite/tensor-values.ts';

export const removeNeutralArithmetic: Pass = {
  name: 'remove-neutral-arithmetic',
  summary:
    'x·1, x÷1, x¹, x−0, x+(−0) and integer x+0 go; x+0 of floats stays, since it turns −0 into 0.',
  apply(context) {
    let rewrites = 0;
    for (const node of context.view.nodes()) {
      const operand = remainingOperand(node, context);
      if (operand !== undefined && context.view.bypass(node, operand)) rewrites++;
    }
    return rewrites;
  },
};

/** The operand that the result equals bit for bit. */
function remainingOperand(node: Node, context: PassContext): string | undefined {
  if (!isOp(node, 'Add', 'Sub', 'Mul', 'Div', 'Pow', 'And', 'Or')) return undefined;
  const { types } = context;
  const [left, right] = node.inputs as [string, string];
  const neutral = (name: string) => {
    const value = uniformValue(context, name);
    return value !== undefined && isNeutral(node.opType, value, isFloat(types.get(name).dtype));
  };
  const commutes = isOp(node, 'Add', 'Mul', 'And', 'Or');
  const operand = neutral(right) ? left : commutes && neutral(left) ? right : undefined;
  if (operand === undefined) return undefined;
  const other = operand === left ? right : left;
  // The constant may be the one that gives the result its shape.
  return broadcastsInto(types.get(other).shape, types.get(operand).shape) ? operand : undefined;
}

function isNeutral(opType: string, value: number, float: boolean): boolean {
  switch (opType) {
    case 'Add':
      return float ? Object.is(value, -0) : value === 0;
    case 'Sub':
      return float ? Object.is(value, 0) : value === 0;
    case 'Or':
      return value === 0;
    case 'Pow':
      return float && value === 1;
    default:
      return value === 1;
  }
}
