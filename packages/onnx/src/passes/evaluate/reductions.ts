import { attrFloat, attrInt, attrInts } from '../../attributes.ts';
import type { DType } from '../../dtype.ts';
import { axesAreInput, normalizeAxis } from '../../rewrite/node-axes.ts';
import { isFloat, type NumericTensor, smallestNormal } from '../../rewrite/tensor-values.ts';
import type { Kernel, KernelCall } from './kernel.ts';
import { offsets, stridesOf } from './strides.ts';

function reducedAxes(call: KernelCall, rank: number): number[] {
  const { node, opset } = call;
  const given = axesAreInput(node.opType, opset)
    ? call.inputs[1] && Array.from(call.inputs[1].values)
    : attrInts(node, 'axes');
  if (given && given.length > 0) return given.map((axis) => normalizeAxis(axis, rank));
  if (attrInt(node, 'noop_with_empty_axes', 0) === 1) return [];
  return Array.from({ length: rank }, (_, i) => i);
}

/**
 * Whether no partial result leaves the range of a dtype, in whatever order elements are combined: a runtime has
 * infinity or 0 then, or an integer that wrapped, where a double has other digits.
 */
type InRange = (values: number[], dtype: DType) => boolean;

function fits(magnitude: number, dtype: DType): boolean {
  if (!isFloat(dtype)) return magnitude <= Number.MAX_SAFE_INTEGER;
  return magnitude <= (dtype === 'float32' ? LARGEST_FLOAT32 : Number.MAX_VALUE);
}

const LARGEST_FLOAT32 = 2 ** 128 - 2 ** 104;

const sumFits: InRange = (values, dtype) => {
  const finite = values.filter(Number.isFinite);
  return fits(
    finite.reduce((total, value) => total + Math.abs(value), 0),
    dtype,
  );
};

const productFits: InRange = (values, dtype) => {
  const magnitudes = values.map(Math.abs).filter((value) => Number.isFinite(value) && value > 0);
  const largest = magnitudes.reduce((all, value) => all * Math.max(value, 1), 1);
  const smallest = magnitudes.reduce((all, value) => all * Math.min(value, 1), 1);
  // One number alone is what it is, however small.
  return fits(largest, dtype) && (values.length === 1 || smallest >= smallestNormal(dtype));
};

/** NaN wins, or does not, by its place and a runtime's kernel. */
const noNaN: InRange = (values) => !values.some(Number.isNaN);

interface Reduction {
  of(values: number[]): number;
  inRange: InRange;
  floatOnly?: boolean;
}

function reduction({ of, inRange, floatOnly = false }: Reduction): Kernel {
  return (call) => {
    const [x] = call.inputs;
    if (!x || (floatOnly && !isFloat(x.dtype)) || x.values.length === 0) return undefined;
    const axes = new Set(reducedAxes(call, x.dims.length));
    const keep = attrInt(call.node, 'keepdims', 1) === 1;
    const strides = stridesOf(x.dims);
    const split = (inside: boolean) =>
      x.dims.flatMap((_, i) => (axes.has(i) === inside ? [i] : []));
    const over = (axis: number[], of: number[]) => axis.map((i) => of[i] as number);
    const [inner, outer] = [split(true), split(false)];
    const steps = offsets(over(inner, x.dims), over(inner, strides));
    const starts = offsets(over(outer, x.dims), over(outer, strides));
    const values = new Float64Array(starts.length);
    for (const [i, start] of starts.entries()) {
      const each = Array.from(steps, (step) => x.values[start + step] as number);
      if (!inRange(each, x.dtype)) return undefined;
      values[i] = of(each);
    }
    const dims = x.dims.flatMap((dim, i) => (axes.has(i) ? (keep ? [1] : []) : [dim]));
    return [{ dtype: x.dtype, dims, values }];
  };
}

const sum = (values: number[]) => values.reduce((a, b) => a + b);
const mean = (values: number[]) => sum(values) / values.length;
const product = (values: number[]) => values.reduce((a, b) => a * b);
const square = (value: number) => value * value;
const larger = (a: number, b: number) => Math.max(a, b);
const smaller = (a: number, b: number) => Math.min(a, b);
/** Of squares no partial sum is larger than the whole. */
const always: InRange = () => true;

function matrix(x: NumericTensor | undefined): x is NumericTensor {
  return x !== undefined && x.dims.length === 2 && isFloat(x.dtype);
}

/** alpha · op(A) · op(B), summed in doubles. */
function multiply(
  a: NumericTensor,
  b: NumericTensor,
  alpha: number,
  transA: boolean,
  transB: boolean,
) {
  const [m, k] = transA ? [a.dims[1], a.dims[0]] : [a.dims[0], a.dims[1]];
  const [depth, n] = transB ? [b.dims[1], b.dims[0]] : [b.dims[0], b.dims[1]];
  if (m === undefined || k === undefined || n === undefined || k !== depth) return undefined;
  const [aRow, aStep] = transA ? [1, m] : [k, 1];
  const [bStep, bColumn] = transB ? [1, k] : [n, 1];
  const values = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const terms = Array.from(
        { length: k },
        (_, l) =>
          (a.values[i * aRow + l * aStep] as number) *
          (b.values[l * bStep + j * bColumn] as number),
      );
      if (!sumFits(terms, a.dtype)) return undefined;
      values[i * n + j] = alpha * terms.reduce((total, term) => total + term, 0);
    }
  }
  return { dtype: a.dtype, dims: [m, n], values };
}

const matMul: Kernel = ({ inputs: [a, b] }) => {
  const result = matrix(a) && matrix(b) ? multiply(a, b, 1, false, false) : undefined;
  return result && [result];
};

const gemm: Kernel = ({ node, inputs: [a, b, c] }) => {
  if (!matrix(a) || !matrix(b) || c) return undefined;
  const flag = (name: string) => attrInt(node, name, 0) === 1;
  const alpha = attrFloat(node, 'alpha', 1);
  const result = multiply(a, b, alpha, flag('transA'), flag('transB'));
  return result && [result];
};

/** Operators that combine many elements into one. */
export const REDUCTION_KERNELS: ReadonlyMap<string, Kernel> = new Map<string, Kernel>([
  ['Gemm', gemm],
  ['MatMul', matMul],
  ['ReduceMax', reduction({ of: (values) => values.reduce(larger), inRange: noNaN })],
  ['ReduceMean', reduction({ of: mean, inRange: sumFits, floatOnly: true })],
  ['ReduceMin', reduction({ of: (values) => values.reduce(smaller), inRange: noNaN })],
  ['ReduceProd', reduction({ of: product, inRange: productFits })],
  ['ReduceSum', reduction({ of: sum, inRange: sumFits })],
  ['ReduceSumSquare', reduction({ of: (values) => sum(values.map(square)), inRange: always })],
]);
