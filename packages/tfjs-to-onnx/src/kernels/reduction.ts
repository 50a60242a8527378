import { attr } from '@latentkit/onnx';
import { onNumbers } from '../lower/bools.ts';
import type { KernelCall, KernelTable, Lowering } from '../lower/call.ts';
import { cast, reshape } from '../lower/shapes.ts';
import type { Value } from '../lower/value.ts';
import type { GraphWriter } from '../lower/writer.ts';

/** A reduction over axes; their list moved from an attribute to an input between opsets. */
export function reduce(
  g: GraphWriter,
  opType: string,
  x: Value,
  axes: readonly number[],
  keepDims = false,
): Value {
  const all = new Set(axes);
  const kept = x.shape.map((size, axis) => (all.has(axis) ? 1 : size));
  const shape = keepDims ? kept : x.shape.filter((_, axis) => !all.has(axis));
  if (axes.every((axis) => x.shape[axis] === 1) && opType !== 'ReduceSumSquare') {
    return reshape(x, shape);
  }
  const asInput = opType === 'ReduceSum' || g.opset >= 18;
  const keepdims = attr.int(keepDims ? 1 : 0);
  return asInput
    ? g.op(opType, [x, g.int64s(axes)], shape, x.dtype, { keepdims })
    : g.op(opType, [x], shape, x.dtype, { axes: attr.ints(axes), keepdims });
}

const over =
  (opType: string, attribute = 'axis'): Lowering =>
  (call, g) => {
    const x = call.input('x');
    const axes = call.axes(attribute, x.shape.length);
    const sum = cast(g, x, call.dtype);
    return reshape(reduce(g, opType, sum, axes, call.boolean('keepDims')), call.shape);
  };

/** Any and all of bools, by way of the largest and smallest of 0 and 1. */
const truth =
  (opType: string): Lowering =>
  (call, g) => {
    const x = cast(g, call.input('x'), 'int32');
    const axes = call.axes('axis', x.shape.length);
    return cast(
      g,
      reshape(reduce(g, opType, x, axes, call.boolean('keepDims')), call.shape),
      'bool',
    );
  };

const position =
  (opType: string): Lowering =>
  (call: KernelCall, g) => {
    const x = call.input('x');
    const axis = call.axis('axis', x.shape.length);
    const index = g.node(opType, [x], { axis: attr.int(axis), keepdims: attr.int(0) });
    return g.op('Cast', [index], call.shape, 'int32', { to: attr.int(6) });
  };

export const reduction: KernelTable = onNumbers({
  All: truth('ReduceMin'),
  Any: truth('ReduceMax'),
  ArgMax: position('ArgMax'),
  ArgMin: position('ArgMin'),
  Max: over('ReduceMax', 'reductionIndices'),
  Mean: over('ReduceMean'),
  Min: over('ReduceMin'),
  Prod: over('ReduceProd'),
  Sum: over('ReduceSum'),
});
