import { attrFloat, attrInt, attrInts } from '../../attributes.ts';
import { axesAreInput, normalizeAxis } from '../../rewrite/node-axes.ts';
import { isFloat, type NumericTensor } from '../../rewrite/tensor-values.ts';
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

function reduction(f: (values: number[]) => number, floatOnly = false): Kernel {
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
    const values = starts.map((start) =>
      f(Array.from(steps, (step) => x.values[start + step] as number)),
    );
    const dims = x.dims.flatMap((dim, i) => (axes.has(i) ? (keep ? [1] : []) : [dim]));
    return [{ dtype: x.dtype, dims, values }];
  };
}

const sum = (values: number[]) => values.reduce((a, b) => a + b);
const product = (values: number[]) => values.reduce((a, b) => a * b);

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
      let total = 0;
      for (let l = 0; l < k; l++) {
        total +=
          (a.values[i * aRow + l * aStep] as number) *
          (b.values[l * bStep + j * bColumn] as number);
      }
      values[i * n + j] = alpha * total;
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
  ['ReduceMax', reduction((values) => values.reduce((a, b) => Math.max(a, b)))],
  ['ReduceMean', reduction((values) => sum(values) / values.length, true)],
  ['ReduceMin', reduction((values) => values.reduce((a, b) => Math.min(a, b)))],
  ['ReduceProd', reduction(product)],
  ['ReduceSum', reduction(sum)],
  ['ReduceSumSquare', reduction((values) => sum(values.map((value) => value * value)))],
]);
