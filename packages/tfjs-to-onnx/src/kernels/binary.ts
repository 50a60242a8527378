import { attr } from '@latentkit/onnx';
import { onNumbers } from '../lower/bools.ts';
import type { KernelCall, KernelTable, Lowering } from '../lower/call.ts';
import { broadcastShape, cast, elementwise, expand } from '../lower/shapes.ts';
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

/**
 * An operation on 32-bit integers, done in 64 bits: so that no step overflows, and none traps. Where the
 * divisor is zero the result is zero, as tfjs stores what is no number; ONNX Runtime would end the process.
 */
function inLongs(
  g: GraphWriter,
  a: Value,
  b: Value,
  compute: (a: Value, b: Value) => Value,
): Value {
  const long = (value: Value): Value => toOnnx(g, value, INT64);
  const divisor = uniformNumber(b);
  if (divisor === 0) return g.uniform(0, broadcastShape([a.shape, b.shape]), 'int32');
  if (divisor !== null) {
    const [x, y] = [long(a), g.named(g.constant([divisor], [], 'int64'), [], 'int32')];
    return toOnnx(g, compute(x, y), INT32);
  }
  const isZero = elementwise(g, 'Equal', [b, g.scalar(0, 'int32')], 'bool');
  const safe = elementwise(g, 'Where', [isZero, g.scalar(1, 'int32'), b], 'int32');
  const result = toOnnx(g, compute(long(a), long(safe)), INT32);
  return elementwise(g, 'Where', [isZero, g.scalar(0, 'int32'), result], 'int32');
}

const [INT32, INT64, FLOAT64] = [6, 7, 11] as const;

/** A cast within the graph, to a type that tfjs does not have. */
const toOnnx = (g: GraphWriter, value: Value, code: number): Value =>
  elementwise(g, 'Cast', [value], 'int32', { to: attr.int(code) });

/** Rounded down, also for negative integers, where ONNX's Div rounds towards zero. */
const floorDiv: Lowering = (call, g) => {
  const [a, b] = operands(call);
  // Of floats as well the result is an integer.
  if (a.dtype !== 'int32' || b.dtype !== 'int32') {
    const [x, y] = [cast(g, a, 'float32'), cast(g, b, 'float32')];
    return cast(g, elementwise(g, 'Floor', [elementwise(g, 'Div', [x, y])]), call.dtype);
  }
  if (uniformNumber(b) === 1) return expand(a, call.shape);
  return inLongs(g, a, b, (x, y) => {
    const whole = elementwise(g, 'Sub', [x, elementwise(g, 'Mod', [x, y])]);
    return elementwise(g, 'Div', [whole, y]);
  });
};

/** Integers are divided towards zero, as tfjs stores the quotient. */
const realDiv: Lowering = (call, g) => {
  if (call.dtype !== 'int32') return arithmetic('Div', 1, false)(call, g);
  const [a, b] = operands(call);
  return inLongs(g, a, b, (x, y) => elementwise(g, 'Div', [x, y]));
};

/** The remainder with the sign of the divisor, as Python's: ONNX has it for integers only. */
const mod: Lowering = (call, g) => {
  const [a, b] = operands(call);
  if (call.dtype === 'int32') return inLongs(g, a, b, (x, y) => elementwise(g, 'Mod', [x, y]));
  const remainder = elementwise(g, 'Mod', [a, b], 'float32', { fmod: attr.int(1) });
  const shifted = elementwise(g, 'Add', [remainder, b]);
  const again = elementwise(g, 'Mod', [shifted, b], 'float32', { fmod: attr.int(1) });
  const negative = (value: Value) => elementwise(g, 'Less', [value, g.scalar(0)], 'bool');
  const differ = elementwise(g, 'Xor', [negative(a), negative(b)]);
  return elementwise(g, 'Where', [differ, again, remainder], 'float32');
};

/**
 * Of integers: computed in doubles, and kept to the lower 32 bits, as tfjs does. They are brought into the
 * range by arithmetic: casts from doubles saturate, and ONNX Runtime merges them with those that follow.
 */
const pow: Lowering = (call, g) => {
  if (call.dtype !== 'int32') return arithmetic('Pow')(call, g);
  const [a, b] = operands(call).map((value) => toOnnx(g, value, FLOAT64)) as [Value, Value];
  const double = (value: number) => g.named(g.constant([value], [], 'float64'), [], 'int32');
  const op = (opType: string, ...values: Value[]) => elementwise(g, opType, values, 'int32');
  const all = double(2 ** 32);
  const low = elementwise(g, 'Mod', [op('Pow', a, b), all], 'int32', { fmod: attr.int(1) });
  const turns = op('Floor', op('Div', op('Add', low, double(2 ** 31)), all));
  const wrapped = op('Sub', low, op('Mul', turns, all));
  // What is infinite has no lower bits.
  const isNothing = elementwise(g, 'IsNaN', [wrapped], 'bool');
  return toOnnx(g, op('Where', isNothing, double(0), wrapped), INT32);
};

/** Where the bool holds, one value, elsewhere the other; ORT has no Where on bools. */
export function where(g: GraphWriter, condition: Value, yes: Value, no: Value): Value {
  const bool = cast(g, condition, 'bool');
  if (yes.dtype !== 'bool') return elementwise(g, 'Where', [bool, yes, no], yes.dtype);
  const ints = [cast(g, yes, 'int32'), cast(g, no, 'int32')];
  return cast(g, elementwise(g, 'Where', [bool, ...ints], 'int32'), 'bool');
}

/** Of two that are both infinite only the signs tell the direction: their quotient is no number. */
function infiniteAsSigns(g: GraphWriter, values: readonly [Value, Value]): [Value, Value] {
  const [y, x] = values.map((value) => cast(g, value, 'float32')) as [Value, Value];
  const [first, second] = [y, x].map((value) => elementwise(g, 'IsInf', [value], 'bool'));
  const both = elementwise(g, 'And', [first as Value, second as Value], 'bool');
  const sign = (value: Value) => where(g, both, elementwise(g, 'Sign', [value]), value);
  return [sign(y), sign(x)];
}

/** Quadrant-aware arc tangent out of the plain one; of integers cut off towards zero, as tfjs stores it. */
const atan2: Lowering = (call, g) => {
  const [y, x] = infiniteAsSigns(g, operands(call));
  const zero = g.scalar(0);
  const less = (a: Value, b: Value) => elementwise(g, 'Less', [a, b], 'bool');
  const plain = elementwise(g, 'Atan', [elementwise(g, 'Div', [y, x])]);
  const halfTurn = where(g, less(y, zero), g.scalar(-Math.PI), g.scalar(Math.PI));
  const turned = where(g, less(x, zero), elementwise(g, 'Add', [plain, halfTurn]), plain);
  const quarter = elementwise(g, 'Mul', [elementwise(g, 'Sign', [y]), g.scalar(Math.PI / 2)]);
  const onAxis = elementwise(g, 'Equal', [x, zero], 'bool');
  return cast(g, where(g, onAxis, quarter, turned), call.dtype);
};

/** tf.where has broadcast all three to one shape. */
const select: Lowering = (call, g) =>
  where(g, call.input('condition'), call.input('t'), call.input('e'));

const bitwiseAnd: Lowering = (call, g) => {
  if (g.opset < 18) throw new Unsupported('it needs opset 18 or later');
  return elementwise(g, 'BitwiseAnd', operands(call), 'int32');
};

const numeric: KernelTable = {
  Add: arithmetic('Add', 0),
  AddN: (call, g) =>
    call.list.length === 1
      ? (call.list[0] as Value)
      : call.dtype === 'float32'
        ? elementwise(g, 'Sum', call.list)
        : call.list.reduce((sum, value) => elementwise(g, 'Add', [sum, value])),
  Atan2: atan2,
  FloorDiv: floorDiv,
  Maximum: arithmetic('Max'),
  Minimum: arithmetic('Min'),
  Mod: mod,
  Multiply: arithmetic('Mul', 1),
  Pow: pow,
  RealDiv: realDiv,
  SquaredDifference: (call, g) => {
    const difference = elementwise(g, 'Sub', operands(call), call.dtype);
    return elementwise(g, 'Mul', [difference, difference]);
  },
  Sub: arithmetic('Sub', 0, false),
};

export const binary: KernelTable = {
  ...onNumbers(numeric, ['Add', 'AddN', 'Sub']),
  BitwiseAnd: bitwiseAnd,
  Equal: comparison('Equal'),
  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  Less: comparison('Less'),
  LessEqual: comparison('LessOrEqual'),
  LogicalAnd: logical('And'),
  LogicalOr: logical('Or'),
  NotEqual: (call, g) => elementwise(g, 'Not', [elementwise(g, 'Equal', operands(call), 'bool')]),
  Select: select,
};
