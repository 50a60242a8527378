import { attrInt } from '../attributes.ts';
import type { Node } from '../ir.ts';
import { constantBounds, constantInts } from '../rewrite/constant-values.ts';
import { isOp } from '../rewrite/is-op.ts';
import { normalizeAxis } from '../rewrite/node-axes.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';
import { int64Tensor } from '../rewrite/tensor-values.ts';

export const cancelConcatSlice: Pass = {
  name: 'cancel-concat-slice',
  summary:
    'A Concat of all slices or Split parts of a tensor is the tensor; a Slice of a Concat reads its part; Concats in a row become one.',
  apply(context) {
    let rewrites = 0;
    for (const node of context.view.nodes()) {
      if (isOp(node, 'Concat')) {
        if (rejoin(node, context) || flattenConcat(node, context)) rewrites++;
      } else if (isOp(node, 'Slice') && sliceOfConcat(node, context)) rewrites++;
    }
    return rewrites;
  },
};

function concatAxis(node: Node, { types }: PassContext): number | undefined {
  const rank = types.get(node.outputs[0]).shape?.length ?? types.get(node.inputs[0]).shape?.length;
  return rank === undefined ? undefined : normalizeAxis(attrInt(node, 'axis', 0), rank);
}

/** Concat(parts of x, in order and complete) = x */
function rejoin(node: Node, context: PassContext): boolean {
  const axis = concatAxis(node, context);
  const source =
    axis === undefined
      ? undefined
      : (slicedWhole(node, axis, context) ?? splitWhole(node, axis, context));
  return source !== undefined && context.view.bypass(node, source);
}

function splitWhole(node: Node, axis: number, { view, types }: PassContext): string | undefined {
  const split = view.producer(node.inputs[0] as string);
  if (!isOp(split, 'Split')) return undefined;
  const rank = types.get(split.inputs[0]).shape?.length;
  if (rank === undefined || normalizeAxis(attrInt(split, 'axis', 0), rank) !== axis)
    return undefined;
  const inOrder =
    split.outputs.length === node.inputs.length &&
    split.outputs.every((output, i) => output === node.inputs[i]);
  return inOrder ? split.inputs[0] : undefined;
}

/** One range along one axis of a tensor, with bounds ≥ 0. */
interface Range {
  source: string;
  axis: number;
  start: number;
  end: number;
}

function readRange(node: Node | undefined, context: PassContext): Range | undefined {
  if (!isOp(node, 'Slice')) return undefined;
  const source = node.inputs[0] as string;
  const { shape } = context.types.get(source);
  const read = (index: number) => constantInts(context, node.inputs[index]);
  const [starts, ends] = [1, 2].map((index) => constantBounds(context, node.inputs[index]));
  const axes = node.inputs[3] ? read(3) : [0];
  const steps = node.inputs[4] ? read(4) : [1];
  if (!shape || starts?.length !== 1 || ends?.length !== 1 || axes?.length !== 1) return undefined;
  if (steps?.length !== 1 || steps[0] !== 1) return undefined;
  const axis = normalizeAxis(axes[0] as number, shape.length);
  const size = shape[axis];
  if (typeof size !== 'number') return undefined;
  const clamp = (value: number) => Math.min(Math.max(value < 0 ? value + size : value, 0), size);
  const [start, end] = [clamp(starts[0] as number), clamp(ends[0] as number)];
  return { source, axis, start, end: Math.max(start, end) };
}

function slicedWhole(node: Node, axis: number, context: PassContext): string | undefined {
  const { view, types } = context;
  const ranges = node.inputs.map((name) => readRange(view.producer(name), context));
  const [first] = ranges;
  if (!first || first.axis !== axis) return undefined;
  let end = 0;
  for (const range of ranges) {
    if (range?.source !== first.source || range.axis !== axis || range.start !== end)
      return undefined;
    end = range.end;
  }
  return end === types.get(first.source).shape?.[axis] ? first.source : undefined;
}

/** Concat(a, Concat(b, c)) = Concat(a, b, c) along one axis */
function flattenConcat(node: Node, context: PassContext): boolean {
  const { view } = context;
  const axis = concatAxis(node, context);
  const at = node.inputs.findIndex((name) => {
    const inner = view.producer(name);
    return (
      isOp(inner, 'Concat') &&
      view.soleConsumer(name) === node &&
      concatAxis(inner, context) === axis
    );
  });
  if (axis === undefined || at < 0) return false;
  const inner = view.producer(node.inputs[at] as string) as Node;
  view.setInputs(node, [
    ...node.inputs.slice(0, at),
    ...inner.inputs,
    ...node.inputs.slice(at + 1),
  ]);
  view.remove(inner);
  return true;
}

/** Slice(Concat(a, b), within b) = Slice(b), along the axis of the Concat */
function sliceOfConcat(node: Node, context: PassContext): boolean {
  const { view, types } = context;
  const range = readRange(node, context);
  const concat = range && view.producer(range.source);
  if (!range || !isOp(concat, 'Concat') || concatAxis(concat, context) !== range.axis) return false;
  let offset = 0;
  for (const part of concat.inputs) {
    const size = types.get(part).shape?.[range.axis];
    if (typeof size !== 'number') return false;
    if (range.start >= offset && range.end <= offset + size && range.end > range.start) {
      const bound = (value: number, side: string) =>
        view.addConstant(`${node.outputs[0]}_${side}`, int64Tensor([value - offset]));
      const axes = view.addConstant(`${node.outputs[0]}_axes`, int64Tensor([range.axis]));
      view.rewrite(node, 'Slice', [
        part,
        bound(range.start, 'start'),
        bound(range.end, 'end'),
        axes,
      ]);
      return true;
    }
    offset += size;
  }
  return false;
}
