import type { Node } from '../ir.ts';
import { constantNumbers, uniformValue } from '../rewrite/constant-values.ts';
import { isOp } from '../rewrite/is-op.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';
import { broadcastsInto } from '../rewrite/shape-algebra.ts';
import { encode, isFloat } from '../rewrite/tensor-values.ts';

/*
 * All of these hold bit for bit in IEEE arithmetic. What does not is left alone: −(a−b) is not b−a
 * where a = b (the zeros differ), 0−x is not −x where x = 0, (a+b)+c is not a+(b+c).
 */
export const simplifyArithmetic: Pass = {
  name: 'simplify-arithmetic',
  summary:
    'Negations cancel or join a sum, x·(−1) is −x, x÷2ᵏ is x·2⁻ᵏ, x² is x·x: only where it is exact.',
  apply(context) {
    let rewrites = 0;
    for (const node of context.view.nodes()) {
      if (RULES.some((rule) => rule(node, context))) rewrites++;
    }
    return rewrites;
  },
};

type Rule = (node: Node, context: PassContext) => boolean;

function negated(name: string, { view }: PassContext): string | undefined {
  const producer = view.producer(name);
  return isOp(producer, 'Neg') ? producer.inputs[0] : undefined;
}

/** −(−x) = x, and Not(Not(x)) = x */
const cancelTwice: Rule = (node, { view }) => {
  const inner = view.producer(node.inputs[0] ?? '');
  if (!isOp(node, 'Neg', 'Not') || !isOp(inner, node.opType)) return false;
  return view.bypass(node, inner.inputs[0] as string);
};

/** What a value is the negation of, or a product of; made on demand, since a product is rewritten for it. */
function negationOf(name: string, reader: Node, context: PassContext): (() => string) | undefined {
  const { view, types } = context;
  const inner = negated(name, context);
  if (inner !== undefined) return () => inner;
  const product = view.producer(name);
  if (!isOp(product, 'Mul', 'Div') || view.soleConsumer(name) !== reader) return undefined;
  if (!isFloat(types.get(name).dtype)) return undefined;
  const side = product.inputs.findIndex((input) => negated(input, context) !== undefined);
  if (side < 0) return undefined;
  return () => {
    view.setInput(product, side, negated(product.inputs[side] as string, context) as string);
    return name;
  };
}

/** a + (−b) = a − b, (−a) + b = b − a, a − (−b) = a + b, where −b may be (−c)·d too */
const negationIntoSum: Rule = (node, context) => {
  const { view } = context;
  if (!isOp(node, 'Add', 'Sub')) return false;
  const [left, right] = node.inputs as [string, string];
  const other = isOp(node, 'Add') ? 'Sub' : 'Add';
  const minusRight = negationOf(right, node, context);
  if (minusRight) {
    view.rewrite(node, other, [left, minusRight()]);
    return true;
  }
  const minusLeft = isOp(node, 'Add') ? negationOf(left, node, context) : undefined;
  if (!minusLeft) return false;
  view.rewrite(node, 'Sub', [right, minusLeft()]);
  return true;
};

/** (−a)·(−b) = a·b, (−a)·c = a·(−c) for a constant c; the same for ÷ */
const negationIntoProduct: Rule = (node, context) => {
  const { view, types } = context;
  if (!isOp(node, 'Mul', 'Div') || !isFloat(types.get(node.inputs[0]).dtype)) return false;
  const inputs = node.inputs as [string, string];
  const inner = inputs.map((name) => negated(name, context));
  const [a, b] = inner;
  if (a !== undefined && b !== undefined) {
    view.setInputs(node, [a, b]);
    return true;
  }
  const side = a !== undefined ? 0 : b !== undefined ? 1 : undefined;
  if (side === undefined) return false;
  const constant = constantNumbers(context, inputs[1 - side]);
  const value = constant && encode({ ...constant, values: constant.values.map((x) => -x) });
  if (!value) return false;
  const negative = view.addConstant(`${inputs[1 - side]}_negated`, value);
  const operand = inner[side] as string;
  view.setInputs(node, side === 0 ? [operand, negative] : [negative, operand]);
  return true;
};

/** x·(−1) = −x, −0 − x = −x */
const asNegation: Rule = (node, context) => {
  const { view, types } = context;
  const [left, right] = node.inputs as [string, string];
  if (!isOp(node, 'Mul', 'Sub', 'Div') || !isFloat(types.get(left).dtype)) return false;
  const covered = (constant: string, operand: string) =>
    broadcastsInto(types.get(constant).shape, types.get(operand).shape);
  const is = (name: string, wanted: number) => Object.is(uniformValue(context, name), wanted);
  const operand =
    isOp(node, 'Mul', 'Div') && is(right, -1) && covered(right, left)
      ? left
      : (isOp(node, 'Mul') && is(left, -1)) || (isOp(node, 'Sub') && is(left, -0))
        ? covered(left, right) && right
        : undefined;
  if (!operand) return false;
  view.rewrite(node, 'Neg', [operand]);
  return true;
};

/** x ÷ 2ᵏ = x · 2⁻ᵏ, where 2⁻ᵏ is a normal number too: division is the slowest of the four */
const divisionByPower: Rule = (node, context) => {
  const { view } = context;
  if (!isOp(node, 'Div')) return false;
  const divisor = constantNumbers(context, node.inputs[1]);
  if (divisor?.dtype !== 'float32' || !divisor.values.every(isPowerOfTwo)) return false;
  const value = encode({ ...divisor, values: divisor.values.map((x) => 1 / x) });
  if (!value) return false;
  const factor = view.addConstant(`${node.inputs[1]}_inverse`, value);
  view.rewrite(node, 'Mul', [node.inputs[0] as string, factor]);
  return true;
};

function isPowerOfTwo(value: number): boolean {
  const exponent = Math.log2(Math.abs(value));
  return Number.isInteger(exponent) && Math.abs(exponent) < 126;
}

/** Sum of two is Add */
const sumOfTwo: Rule = (node, { view }) => {
  if (!isOp(node, 'Sum') || node.inputs.length !== 2) return false;
  view.rewrite(node, 'Add', node.inputs);
  return true;
};

/** x² as a product, which every runtime computes at once */
const square: Rule = (node, context) => {
  const { view, types } = context;
  if (!isOp(node, 'Pow') || uniformValue(context, node.inputs[1]) !== 2) return false;
  const [base, exponent] = node.inputs as [string, string];
  const { dtype, shape } = types.get(base);
  if (!isFloat(dtype) || !broadcastsInto(types.get(exponent).shape, shape)) return false;
  view.rewrite(node, 'Mul', [base, base]);
  return true;
};

const RULES: readonly Rule[] = [
  cancelTwice,
  negationIntoSum,
  negationIntoProduct,
  asNegation,
  divisionByPower,
  sumOfTwo,
  square,
];
