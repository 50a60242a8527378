import { attr } from '@latentkit/onnx';
import type { KernelCall, KernelTable } from '../lower/call.ts';
import { broadcastShape, elementwise, reshape, transpose } from '../lower/shapes.ts';
import type { Value } from '../lower/value.ts';
import type { GraphWriter } from '../lower/writer.ts';
import type { Size } from '../trace/size.ts';
import { applyActivation } from './activations.ts';

const last = (shape: readonly Size[], n: number) => shape[shape.length - n] as Size;

/**
 * The product of two matrices, or of stacks of them. tfjs calls its matmul with three dimensions even
 * where there is one matrix each: those become one Gemm (or MatMul where nothing is added or flipped).
 */
export function matrixProduct(
  g: GraphWriter,
  a: Value,
  b: Value,
  flip: { a: boolean; b: boolean },
  bias: Value | null,
): Value {
  const stack = broadcastShape([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  const single = (value: Value) => value.shape.slice(0, -2).every((size) => size === 1);
  const rows = last(a.shape, flip.a ? 1 : 2);
  const columns = last(b.shape, flip.b ? 2 : 1);
  const shape = [...stack, rows, columns];
  if (single(a) && single(b)) {
    const matrices = [a, b].map((value) => reshape(value, value.shape.slice(-2)));
    const gemmBias = bias !== null && fitsGemm(bias, rows, columns) ? bias : null;
    const plain = !flip.a && !flip.b && gemmBias === null;
    const inputs = gemmBias === null ? matrices : [...matrices, gemmBias];
    const product = plain
      ? g.op('MatMul', matrices, [rows, columns], 'float32')
      : g.op('Gemm', inputs, [rows, columns], 'float32', {
          transA: flip.a ? attr.int(1) : undefined,
          transB: flip.b ? attr.int(1) : undefined,
        });
    const stacked = reshape(product, shape);
    return bias === null || gemmBias !== null ? stacked : elementwise(g, 'Add', [stacked, bias]);
  }
  const swap = (value: Value) => {
    const axes = value.shape.map((_, axis) => axis);
    return transpose(g, value, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
  };
  const operands = [flip.a ? swap(a) : a, flip.b ? swap(b) : b];
  const product = g.op('MatMul', operands, shape, 'float32');
  return bias === null ? product : elementwise(g, 'Add', [product, bias]);
}

/** Gemm adds what broadcasts one way to its result: a vector of the columns, or a number. */
function fitsGemm(bias: Value, rows: Size, columns: Size): boolean {
  if (bias.form.kind !== 'named' || bias.shape.length > 2) return false;
  const [own, other] = [bias.shape.at(-1) ?? 1, bias.shape.at(-2) ?? 1];
  return (own === 1 || own === columns) && (other === 1 || other === rows);
}

const flips = (call: KernelCall) => ({
  a: call.boolean('transposeA'),
  b: call.boolean('transposeB'),
});

export const matmul: KernelTable = {
  BatchMatMul: (call, g) => {
    const product = matrixProduct(g, call.input('a'), call.input('b'), flips(call), null);
    return reshape(product, call.shape);
  },
  _FusedMatMul: (call, g) => {
    const bias = call.optional('bias');
    const product = matrixProduct(g, call.input('a'), call.input('b'), flips(call), bias);
    return reshape(applyActivation(call, g, product), call.shape);
  },
};
