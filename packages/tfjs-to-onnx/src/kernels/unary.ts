import { onNumbers } from '../lower/bools.ts';
import type { KernelTable, Lowering } from '../lower/call.ts';
import { cast, elementwise } from '../lower/shapes.ts';
import type { Value } from '../lower/value.ts';
import type { GraphWriter } from '../lower/writer.ts';

/** One ONNX operator of the same meaning. */
const same =
  (opType: string): Lowering =>
  (call, g) =>
    elementwise(g, opType, [call.input('x')], call.dtype);

/** As `same`, for operators that ONNX defines on floats only: integers go there, and back as tfjs stores them, cut off. */
const viaFloat =
  (opType: string): Lowering =>
  (call, g) =>
    cast(g, elementwise(g, opType, [cast(g, call.input('x'), 'float32')]), call.dtype);

/** The chain of one-operand operators that makes up a function. */
const chain =
  (...opTypes: string[]): Lowering =>
  (call, g) =>
    opTypes.reduce(
      (value, opType) => elementwise(g, opType, [value]),
      cast(g, call.input('x'), 'float32'),
    );

/** 1 where the operator's bool says true. */
export const square = (g: GraphWriter, value: Value): Value =>
  elementwise(g, 'Mul', [value, value]);

const finite: Lowering = (call, g) => {
  const x = cast(g, call.input('x'), 'float32');
  const infinite = elementwise(g, 'IsInf', [x], 'bool');
  const nan = elementwise(g, 'IsNaN', [x], 'bool');
  return elementwise(g, 'Not', [elementwise(g, 'Or', [infinite, nan])]);
};

/** ONNX's expm1 and log1p do not exist; near zero the difference loses digits that tfjs's keep. */
const expm1: Lowering = (call, g) => {
  // e^x − 1 = 2·sinh(x/2)·e^(x/2), which cancels nowhere. Below −88 it is −1, before sinh overflows.
  const x = elementwise(g, 'Max', [cast(g, call.input('x'), 'float32'), g.scalar(-88)]);
  const half = elementwise(g, 'Mul', [x, g.scalar(0.5)]);
  const sinh = elementwise(g, 'Sinh', [half]);
  const product = elementwise(g, 'Mul', [sinh, elementwise(g, 'Exp', [half])]);
  return cast(g, elementwise(g, 'Mul', [product, g.scalar(2)]), call.dtype);
};

const log1p: Lowering = (call, g) => {
  // log(1+x) = 2·atanh(x/(2+x)): exact near zero. Infinity has no quotient and takes the plain form.
  const x = cast(g, call.input('x'), 'float32');
  const ratio = elementwise(g, 'Div', [x, elementwise(g, 'Add', [x, g.scalar(2)])]);
  const precise = elementwise(g, 'Mul', [elementwise(g, 'Atanh', [ratio]), g.scalar(2)]);
  const plain = elementwise(g, 'Log', [elementwise(g, 'Add', [x, g.scalar(1)])]);
  const small = elementwise(g, 'Less', [x, g.scalar(1)], 'bool');
  return cast(g, elementwise(g, 'Where', [small, precise, plain], 'float32'), call.dtype);
};

const INT32 = 2 ** 31;

/** Of integers tfjs cuts off what it gives, and with it the bounds. */
const clip: Lowering = (call, g) => {
  const x = call.input('x');
  const bounds = ['clipValueMin', 'clipValueMax'].map((name) => {
    const bound = call.number(name);
    if (x.dtype === 'float32') return g.scalar(bound);
    return g.scalar(Math.min(Math.max(Math.trunc(bound), -INT32), INT32 - 1), x.dtype);
  });
  return elementwise(g, 'Clip', [x, ...bounds]);
};

const numeric: KernelTable = {
  Abs: same('Abs'),
  Acos: viaFloat('Acos'),
  Acosh: viaFloat('Acosh'),
  Asin: viaFloat('Asin'),
  Asinh: viaFloat('Asinh'),
  Atan: viaFloat('Atan'),
  Atanh: viaFloat('Atanh'),
  Ceil: viaFloat('Ceil'),
  Cos: same('Cos'),
  Cosh: same('Cosh'),
  Erf: viaFloat('Erf'),
  Exp: viaFloat('Exp'),
  Expm1: expm1,
  Floor: viaFloat('Floor'),
  Log: same('Log'),
  Log1p: log1p,
  Neg: same('Neg'),
  Reciprocal: viaFloat('Reciprocal'),
  // Both round halves to even; integers need no rounding.
  Round: (call, g) =>
    call.input('x').dtype === 'int32' ? call.input('x') : viaFloat('Round')(call, g),
  Rsqrt: chain('Sqrt', 'Reciprocal'),
  Sign: same('Sign'),
  Sin: same('Sin'),
  Sinh: viaFloat('Sinh'),
  Sqrt: same('Sqrt'),
  Square: (call, g) => square(g, call.input('x')),
  Tan: same('Tan'),
  ClipByValue: clip,
  Step: (call, g) => {
    const x = call.input('x');
    const alpha = call.number('alpha', 0);
    const positive = elementwise(g, 'Greater', [x, g.scalar(0, x.dtype)], 'bool');
    // The gradient of relu: what would keep NaN takes five times as long.
    if (alpha === 0) return cast(g, positive, call.dtype);
    const float = cast(g, x, 'float32');
    const nan = elementwise(g, 'IsNaN', [float], 'bool');
    const rest = elementwise(g, 'Where', [nan, float, g.scalar(alpha)], 'float32');
    return elementwise(g, 'Where', [positive, g.scalar(1), rest], 'float32');
  },
};

export const unary: KernelTable = {
  // The backends of tfjs do not agree on what −1 is as a bool.
  ...onNumbers(numeric, ['Neg']),
  Cast: (call, g) => cast(g, call.input('x'), call.dtype),
  Identity: (call) => call.input('x'),
  IsFinite: finite,
  IsInf: (call, g) => elementwise(g, 'IsInf', [cast(g, call.input('x'), 'float32')], 'bool'),
  IsNan: (call, g) => elementwise(g, 'IsNaN', [cast(g, call.input('x'), 'float32')], 'bool'),
  LogicalNot: (call, g) => elementwise(g, 'Not', [cast(g, call.input('x'), 'bool')]),
  OnesLike: (call, g) => g.uniform(1, call.shape, call.dtype),
  ZerosLike: (call, g) => g.uniform(0, call.shape, call.dtype),
};
