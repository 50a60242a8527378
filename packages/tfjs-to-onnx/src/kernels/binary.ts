import { attr } from '@latentkit/onnx';
import type { KernelCall, KernelTable, Lowering } from '../lower/call.ts';
import { cast, elementwise, expand } from '../lower/shapes.ts';
import { Unsupported } from '../lower/unsupported.ts';
import { uniformNumber, type Value } from '../lower/value.ts';
import type { GraphWriter } from '../lower/writer.ts';

const operands = (call: KernelCall): [Value, Value] => [call.input('a'), call.input('b')];

/** `neutral`: the number that leaves the other operand as it is, on the right and (`both`) on the left. */
const arithmetic =
  (opType: string, neutral: number | null = null, both = true): Lowering =>
  (call, g) => {
    const [a, b] = operands(call);
    if (neutral !== null) {
      if (uniformNumber(b) === neutral && a.dtype === call.dtype) return expand(a, call.shape);
      if (both && uniformNumber(a) === neutral && b.dtype === call.dtype)
        return expand(b, call.shape);
    }
    return elementwise(g, opType, [a, b], call.dtype);
  };

const comparison =
  (opType: string): Lowering =>
  (call, g) => {
    const [a, b] = operands(call);
    // Bools have an equality in ONNX, and no order.
    const ordered = opType !== 'Equal' && a.dtype === 'bool';
    const values = ordered ? [cast(g, a, 'int32'), cast(g, b, 'int32')] : [a, b];
    return elementwise(g, opType, values, 'bool');
  };

const logical =
  (opType: string): Lowering =>
  (call, g) =>
    elementwise(
      g,
      opType,
      operands(call).map((value) => cast(g, value, 'bool')),
      'bool',
    );

/** Rounded down, also for negative integers, where ONNX's Div rounds towards zero. */
const floorDiv: Lowering = (call, g) => {
  const [a, b] = operands(call).map((value) => cast(g, value, 'float32')) as [Value, Value];
  return cast(g, elementwise(g, 'Floor', [elementwise(g, 'Div', [a, b])]), call.dtype);
};

/** The remainder with the sign of the divisor, as Python's: ONNX has it for integers only. */
const mod: Lowering = (call, g) => {
  const [a, b] = operands(call);
  if (call.dtype === 'int32') return elementwise(g, 'Mod', [a, b], 'int32');
  const remainder = elementwise(g, 'Mod', [a, b], 'float32', { fmod: attr.int(1) });
  const shifted = elementwise(g, 'Add', [remainder, b]);
  const again = elementwise(g, 'Mod', [shifted, b], 'float32', { fmod: attr.int(1) });
  const negative = (value: Value) => elementwise(g, 'Less', [value, g.scalar(0)], 'bool');
  const differ = elementwise(g, 'Xor', [negative(a), negative(b)]);
  return elementwise(g, 'Where', [differ, again, remainder], 'float32');
};

/** Where the bool holds, one value, elsewhere the other; ORT has no Where on bools. */
export function where(g: GraphWriter, condition: Value, yes: Value, no: Value): Value {
  const bool = cast(g, condition, 'bool');
  if (yes.dtype !== 'bool') return elementwise(g, 'Where', [bool, yes, no], yes.dtype);
  const ints = [cast(g, yes, 'int32'), cast(g, no, 'int32')];
  return cast(g, elementwise(g, 'Where', [bool, ...ints], 'int32'), 'bool');
}

/** Quadrant-aware arc tangent out of the plain one. */
const atan2: Lowering = (call, g) => {
  const [y, x] = operands(call);
  const zero = g.scalar(0);
  const less = (a: Value, b: Value) => elementwise(g, 'Less', [a, b], 'bool');
  const plain = elementwise(g, 'Atan', [elementwise(g, 'Div', [y, x])]);
  const halfTurn = where(g, less(y, zero), g.scalar(-Math.PI), g.scalar(Math.PI));
  const turned = where(g, less(x, zero), elementwise(g, 'Add', [plain, halfTurn]), plain);
  const quarter = elementwise(g, 'Mul', [elementwise(g, 'Sign', [y]), g.scalar(Math.PI / 2)]);
  const onAxis = elementwise(g, 'Equal', [x, zero], 'bool');
  return where(g, onAxis, quarter, turned);
};

/** tf.where has broadcast all three to one shape. */
const select: Lowering = (call, g) =>
  where(g, call.input('condition'), call.input('t'), call.input('e'));

const bitwiseAnd: Lowering = (call, g) => {
  if (g.opset < 18) throw new Unsupported('it needs opset 18 or later');
  return elementwise(g, 'BitwiseAnd', operands(call), 'int32');
};

export const binary: KernelTable = {
  Add: arithmetic('Add', 0),
  AddN: (call, g) =>
    call.list.length === 1
      ? (call.list[0] as Value)
      : call.dtype === 'float32'
        ? elementwise(g, 'Sum', call.list)
        : call.list.reduce((sum, value) => elementwise(g, 'Add', [sum, value])),
  Atan2: atan2,
  BitwiseAnd: bitwiseAnd,
  Equal: comparison('Equal'),
  FloorDiv: floorDiv,
  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  Less: comparison('Less'),
  LessEqual: comparison('LessOrEqual'),
  LogicalAnd: logical('And'),
  LogicalOr: logical('Or'),
  Maximum: arithmetic('Max'),
  Minimum: arithmetic('Min'),
  Mod: mod,
  Multiply: arithmetic('Mul', 1),
  NotEqual: (call, g) => elementwise(g, 'Not', [elementwise(g, 'Equal', operands(call), 'bool')]),
  Pow: arithmetic('Pow'),
  RealDiv: arithmetic('Div', 1, false),
  Select: select,
  SquaredDifference: (call, g) => {
    const difference = elementwise(g, 'Sub', operands(call), call.dtype);
    return elementwise(g, 'Mul', [difference, difference]);
  },
  Sub: arithmetic('Sub', 0, false),
};
