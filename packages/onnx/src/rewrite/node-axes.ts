import { attrInt, attrInts } from '../attributes.ts';
import type { Node, TensorData } from '../ir.ts';
import { decodeInts } from './tensor-values.ts';

/** Reads a node's input as a constant, if it is one. */
export type ConstantInput = (index: number) => TensorData | undefined;

export function normalizeAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** ReduceSum takes its axes as an input since opset 13, the other reductions since 18. */
export function axesAreInput(opType: string, opset: number): boolean {
  return opset >= (opType === 'ReduceSum' ? 13 : 18);
}

/** The axes that a reduction reduces, sorted and ≥ 0; undefined where they are not constant. */
export function reductionAxes(
  node: Node,
  opset: number,
  rank: number,
  constant: ConstantInput,
): number[] | undefined {
  let axes: number[] | undefined;
  if (axesAreInput(node.opType, opset) && node.inputs[1]) {
    const tensor = constant(1);
    if (!tensor) return undefined;
    axes = decodeInts(tensor);
  } else {
    axes = attrInts(node, 'axes') ?? [];
  }
  if (axes.length === 0) {
    if (attrInt(node, 'noop_with_empty_axes', 0) === 1) return [];
    axes = Array.from({ length: rank }, (_, i) => i);
  }
  return axes.map((axis) => normalizeAxis(axis, rank)).sort((a, b) => a - b);
}
