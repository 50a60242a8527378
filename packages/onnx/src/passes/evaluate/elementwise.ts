import { attrFloat, attrInt } from '../../attributes.ts';
import { type DType, dtypeFromCode } from '../../dtype.ts';
import { isFloat, type NumericTensor } from '../../rewrite/tensor-values.ts';
import type { Kernel } from './kernel.ts';
import { broadcastDims, broadcastStrides, offsets } from './strides.ts';

/*
 * Float arithmetic is done in doubles and rounded once: for float32 +, −, ×, ÷ and √ that is the
 * correctly rounded result, since a double has more than twice its digits.
 */

function mapBroadcast(
  dtype: DType,
  inputs: readonly NumericTensor[],
  f: (...values: number[]) => number,
): NumericTensor[] | undefined {
  const dims = broadcastDims(inputs.map((input) => input.dims));
  if (!dims) return undefined;
  const sources = inputs.map((input) => ({
    values: input.values,
    at: offsets(dims, broadcastStrides(input.dims, dims)),
  }));
  const values = new Float64Array(dims.reduce((count, dim) => count * dim, 1));
  for (let i = 0; i < values.length; i++) {
    values[i] = f(...sources.map((source) => source.values[source.at[i] as number] as number));
  }
  return [{ dtype, dims, values }];
}

function present(inputs: readonly (NumericTensor | undefined)[]): NumericTensor[] | undefined {
  return inputs.every((input) => input !== undefined) ? [...inputs] : undefined;
}

function unary(f: (x: number) => number, floatOnly = true): Kernel {
  return ({ inputs: [x] }) => {
    if (!x || (floatOnly && !isFloat(x.dtype))) return undefined;
    return mapBroadcast(x.dtype, [x], f);
  };
}

type Binary = (a: number, b: number) => number;

/** `ints` is the rule for integers where it is another one; null where integers are left alone. */
function binary(floats: Binary, ints: Binary | null = floats): Kernel {
  return (call) => {
    const inputs = present(call.inputs);
    const dtype = inputs?.[0]?.dtype;
    if (inputs?.length !== 2 || !dtype) return undefined;
    const f = isFloat(dtype) ? floats : ints;
    return f ? mapBroadcast(dtype, inputs, f) : undefined;
  };
}

function predicate(f: (...values: number[]) => boolean): Kernel {
  return (call) => {
    const inputs = present(call.inputs);
    return inputs && mapBroadcast('bool', inputs, (...values) => (f(...values) ? 1 : 0));
  };
}

/** Left to right, each step rounded, as a runtime without wider accumulators does it. */
function variadic(f: Binary): Kernel {
  return (call) => {
    const inputs = present(call.inputs);
    const dtype = inputs?.[0]?.dtype;
    if (!inputs || !dtype) return undefined;
    const round = dtype === 'float32' ? Math.fround : (x: number) => x;
    return mapBroadcast(dtype, inputs, (...values) => values.reduce((a, b) => round(f(a, b))));
  };
}

/** NaN where either is, as ONNX Runtime does it and as Math.max and Math.min do. */
const max: Binary = (a, b) => Math.max(a, b);
const min: Binary = (a, b) => Math.min(a, b);

/** Rounds the magnitude, so that what becomes 0 keeps its sign. */
function roundHalfEven(x: number): number {
  const magnitude = Math.abs(x);
  const floor = Math.floor(magnitude);
  const tie = magnitude - floor === 0.5;
  const rounded = tie && floor % 2 === 0 ? floor : Math.round(magnitude);
  return x < 0 || Object.is(x, -0) ? -rounded : rounded;
}

/** As C defines it, and so every runtime: JavaScript has NaN for a power of ±1 that is NaN or infinite. */
function power(a: number, b: number): number {
  if (a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY)) return 1;
  return a ** b;
}

const clip: Kernel = ({ inputs: [x, low, high] }) => {
  if (!x || (low && low.values.length !== 1) || (high && high.values.length !== 1))
    return undefined;
  const from = low?.values[0] ?? Number.NEGATIVE_INFINITY;
  const to = high?.values[0] ?? Number.POSITIVE_INFINITY;
  // NaN goes through, or not, by the kernel that a runtime has.
  if (Number.isNaN(from) || Number.isNaN(to) || x.values.some(Number.isNaN)) return undefined;
  return mapBroadcast(x.dtype, [x], (v) => Math.min(Math.max(v, from), to));
};

const leakyRelu: Kernel = ({ node, inputs: [x] }) => {
  const alpha = Math.fround(attrFloat(node, 'alpha', 0.01));
  return x && mapBroadcast(x.dtype, [x], (v) => (v >= 0 ? v : alpha * v));
};

const cast: Kernel = ({ node, inputs: [x] }) => {
  const dtype = dtypeFromCode(attrInt(node, 'to', 0));
  if (!x || !dtype) return undefined;
  if (dtype === 'bool') return mapBroadcast(dtype, [x], (v) => (v !== 0 ? 1 : 0));
  return mapBroadcast(dtype, [x], isFloat(dtype) ? (v) => v : Math.trunc);
};

const where: Kernel = (call) => {
  const inputs = present(call.inputs);
  if (!inputs?.[1]) return undefined;
  return mapBroadcast(inputs[1].dtype, inputs, (c, a, b) => (c !== 0 ? a : b) as number);
};

const sign = (x: number) => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : Number.NaN);

/** Of integers: the sign of the divisor, or with fmod that of the dividend. A divisor of 0 is left to the runtime. */
const modulo: Kernel = (call) => {
  const inputs = present(call.inputs);
  const dtype = inputs?.[0]?.dtype;
  if (inputs?.length !== 2 || !dtype || isFloat(dtype)) return undefined;
  const likeDividend = attrInt(call.node, 'fmod', 0) === 1;
  // The remainder is exact, while a quotient times the divisor may have more digits than a double.
  const f: Binary = (a, b) => {
    const remainder = a % b;
    return (
      (!likeDividend && remainder !== 0 && remainder < 0 !== b < 0 ? remainder + b : remainder) + 0
    );
  };
  return mapBroadcast(dtype, inputs, f);
};

/** Rounded towards zero, without −0. Division by zero gives no integer and so is not folded. */
const intDivide: Binary = (a, b) => Math.trunc(a / b) + 0;
const intMultiply: Binary = (a, b) => a * b + 0;

export const ELEMENTWISE_KERNELS: ReadonlyMap<string, Kernel> = new Map<string, Kernel>([
  ['Abs', unary(Math.abs, false)],
  ['Add', binary((a, b) => a + b)],
  ['And', predicate((a, b) => a !== 0 && b !== 0)],
  ['Cast', cast],
  ['Ceil', unary(Math.ceil)],
  ['Clip', clip],
  ['Cos', unary(Math.cos)],
  ['Div', binary((a, b) => a / b, intDivide)],
  ['Equal', predicate((a, b) => a === b)],
  ['Exp', unary(Math.exp)],
  ['Floor', unary(Math.floor)],
  ['Greater', predicate((a, b) => (a as number) > (b as number))],
  ['GreaterOrEqual', predicate((a, b) => (a as number) >= (b as number))],
  ['IsNaN', predicate((a) => Number.isNaN(a))],
  ['LeakyRelu', leakyRelu],
  ['Less', predicate((a, b) => (a as number) < (b as number))],
  ['LessOrEqual', predicate((a, b) => (a as number) <= (b as number))],
  ['Log', unary(Math.log)],
  ['Max', variadic(max)],
  ['Min', variadic(min)],
  ['Mod', modulo],
  ['Mul', binary((a, b) => a * b, intMultiply)],
  ['Neg', unary((x) => (x === 0 ? -x : 0 - x), true)],
  ['Not', predicate((a) => a === 0)],
  ['Or', predicate((a, b) => a !== 0 || b !== 0)],
  ['Pow', binary(power, null)],
  ['Reciprocal', unary((x) => 1 / x)],
  ['Relu', unary((x) => (x > 0 ? x : Number.isNaN(x) ? x : 0))],
  ['Round', unary(roundHalfEven)],
  ['Sigmoid', unary((x) => 1 / (1 + Math.exp(-x)))],
  ['Sign', unary(sign)],
  ['Sin', unary(Math.sin)],
  ['Softplus', unary((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))))],
  ['Sqrt', unary(Math.sqrt)],
  ['Sub', binary((a, b) => a - b)],
  ['Sum', variadic((a, b) => a + b)],
  ['Tanh', unary(Math.tanh)],
  ['Where', where],
  ['Xor', predicate((a, b) => (a !== 0) !== (b !== 0))],
]);
