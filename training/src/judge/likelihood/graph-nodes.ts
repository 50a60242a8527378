import { attr, type GraphBuilder } from '@latentkit/onnx';

/** What graphs that are written by hand keep saying. */

/** A float32 constant of shape []. */
export function scalar(g: GraphBuilder, name: string, value: number): string {
  return g.initializer(name, Float32Array.of(value), []);
}

/** An int64 constant: a shape, axes, indices. */
export function indices(g: GraphBuilder, name: string, values: readonly number[]): string {
  return g.initializer(name, BigInt64Array.from(values, BigInt), [values.length]);
}

export function reshape(g: GraphBuilder, value: string, dims: readonly number[]): string {
  return g.node('Reshape', [value, indices(g, 'shape', dims)]);
}

/** The sum of each row, [n, width] → [n, 1] */
export function rowSum(g: GraphBuilder, value: string): string {
  return g.node('ReduceSum', [value, indices(g, 'axes', [1])], { keepdims: attr.int(1) });
}
