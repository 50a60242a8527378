import { attr, attrInt, attrInts, attrString } from '../../attributes.ts';
import { bytesPerElement } from '../../dtype.ts';
import type { Dim, Node } from '../../ir.ts';
import { constantBounds, constantInts, constantNumbers } from '../../rewrite/constant-values.ts';
import { isOp } from '../../rewrite/is-op.ts';
import { axesAreInput, normalizeAxis, reductionAxes } from '../../rewrite/node-axes.ts';
import { BROADCASTING, REDUCTIONS, UNARY_ELEMENTWISE } from '../../rewrite/operator-sets.ts';
import type { PassContext } from '../../rewrite/pass.ts';
import { inversePermutation, isAscending, permute } from '../../rewrite/permutation.ts';
import { isReshapeLike } from '../../rewrite/reshape-like.ts';
import { reshapeTarget } from '../../rewrite/shape-algebra.ts';
import { int64Tensor } from '../../rewrite/tensor-values.ts';
import { tensorFromArray } from '../../tensor.ts';
import type { LayoutCall, LayoutPlan } from './layout.ts';
import { planDenseBeforeReshape, planDenseBehindReshape } from './layout-dense.ts';
import { permuteTensor } from './permute-tensor.ts';

const nothing = () => {};

/** The plan of a node for tensors in the order `perm`; undefined where it must stay as it is. */
export function planLayout(
  node: Node,
  perm: readonly number[],
  context: PassContext,
): LayoutPlan | undefined {
  const rank = perm.length;
  const shape = (index: number) => context.types.get(node.inputs[index]).shape;
  const axis = (value: number) => perm[normalizeAxis(value, rank)] as number;
  const call: LayoutCall = { node, perm, context, shape, axis };
  if (isReshapeLike(node)) return planDenseBehindReshape(call) ?? planDenseBeforeReshape(call);
  if (isOp(node, ...BROADCASTING, 'PRelu')) return planBroadcasting(call);
  if (shape(0)?.length !== rank) return undefined;
  const first: LayoutPlan = { follows: [0], outputsFollow: true, apply: nothing };
  if (isOp(node, ...UNARY_ELEMENTWISE)) return first;
  if (isOp(node, 'Softmax', 'LogSoftmax', 'Hardmax')) return { ...first, apply: mapAxis(call, -1) };
  if (isOp(node, 'Split')) return { ...first, apply: mapAxis(call, 0) };
  if (isOp(node, 'Concat')) {
    return { ...first, follows: node.inputs.map((_, i) => i), apply: mapAxis(call, 0) };
  }
  if (isOp(node, 'Gather')) {
    return shape(1)?.length === 1 ? { ...first, apply: mapAxis(call, 0) } : undefined;
  }
  if (isOp(node, 'ArgMax', 'ArgMin')) {
    return planReduction(call, [attrInt(node, 'axis', 0)], mapAxis(call, 0));
  }
  if (isOp(node, ...REDUCTIONS)) return planReduceOperator(call);
  if (isOp(node, 'Slice')) return planSlice(call);
  if (isOp(node, 'Pad')) return planPad(call);
  if (isOp(node, 'Tile', 'Expand')) return planLengths(call, 1);
  if (isOp(node, 'Resize')) return planResize(call);
  return undefined;
}

function mapAxis({ node, axis }: LayoutCall, otherwise: number): () => void {
  return () => {
    const mapped = axis(attrInt(node, 'axis', otherwise));
    node.attributes = new Map(node.attributes).set('axis', attr.int(mapped));
  };
}

/** Element-wise operators follow with every tensor that truly has several axes. */
function planBroadcasting(call: LayoutCall): LayoutPlan | undefined {
  const { node, perm, context, shape } = call;
  const { view } = context;
  const rank = perm.length;
  if (context.types.get(node.outputs[0]).shape?.length !== rank) return undefined;
  const follows: number[] = [];
  const rewrites: (() => void)[] = [];
  for (const [index, name] of node.inputs.entries()) {
    const own = shape(index);
    if (!own || own.length > rank) return undefined;
    if (own.every((dim) => dim === 1)) continue;
    const full: Dim[] = [...new Array<Dim>(rank - own.length).fill(1), ...own];
    const moved = permute(full, inversePermutation(perm));
    const constant = view.constant(name);
    if (constant && own.length < rank) {
      if (bytesPerElement(constant.dtype) === undefined) return undefined;
      rewrites.push(() => {
        const tensor = permuteTensor(
          { ...constant, dims: full as number[] },
          inversePermutation(perm),
        );
        view.setInput(node, index, view.addConstant(`${name}_transposed`, tensor));
      });
    } else if (own.length === rank) {
      follows.push(index);
    } else if (full.filter((dim) => dim !== 1).length === 1 && reshapeTarget(moved)) {
      // With one axis longer than 1, another order is only another shape.
      rewrites.push(() => {
        const target = view.addConstant(
          `${name}_shape`,
          int64Tensor(reshapeTarget(moved) as number[]),
        );
        const output = view.freshName(`${name}_reshaped`);
        view.insertBefore(node, 'Reshape', [name, target], [output]);
        view.setInput(node, index, output);
      });
    } else {
      return undefined;
    }
  }
  const apply = () => {
    for (const rewrite of rewrites) rewrite();
  };
  return follows.length > 0 ? { follows, outputsFollow: true, apply } : undefined;
}

function planReduction(
  { node, perm, axis }: LayoutCall,
  axes: readonly number[],
  apply: () => void,
): LayoutPlan | undefined {
  if (attrInt(node, 'keepdims', 1) === 1) return { follows: [0], outputsFollow: true, apply };
  // Without the reduced axes the others may be in the same order in both layouts.
  const reduced = axes.map((value) => normalizeAxis(value, perm.length));
  const rest = perm.flatMap((_, i) => (reduced.includes(i) ? [] : [axis(i)]));
  return isAscending(rest) ? { follows: [0], outputsFollow: false, apply } : undefined;
}

function planReduceOperator(call: LayoutCall): LayoutPlan | undefined {
  const { node, perm, axis, context } = call;
  const { view, opset } = context;
  const axes = reductionAxes(node, opset, perm.length, (i) => view.constant(node.inputs[i]));
  if (!axes || axes.length === 0) return undefined;
  return planReduction(call, axes, () => {
    const mapped = axes.map(axis).sort((a, b) => a - b);
    if (axesAreInput(node.opType, opset)) {
      const name = view.addConstant(`${node.outputs[0]}_axes`, int64Tensor(mapped));
      view.setInputs(node, [node.inputs[0] as string, name]);
    } else {
      node.attributes = new Map(node.attributes).set('axes', attr.ints(mapped));
    }
  });
}

function planSlice({ node, axis, context }: LayoutCall): LayoutPlan | undefined {
  const starts = constantBounds(context, node.inputs[1]);
  const axes = node.inputs[3] ? constantInts(context, node.inputs[3]) : starts?.map((_, i) => i);
  if (!axes) return undefined;
  const apply = () => {
    const name = context.view.addConstant(`${node.outputs[0]}_axes`, int64Tensor(axes.map(axis)));
    const inputs = [...node.inputs];
    inputs[3] = name;
    context.view.setInputs(node, inputs);
  };
  return { follows: [0], outputsFollow: true, apply };
}

function planPad({ node, perm, context }: LayoutCall): LayoutPlan | undefined {
  const pads = constantInts(context, node.inputs[1]);
  if (!pads || node.inputs[3] || pads.length !== 2 * perm.length) return undefined;
  const apply = () => {
    const inverse = inversePermutation(perm);
    const [begins, ends] = [pads.slice(0, perm.length), pads.slice(perm.length)];
    const moved = int64Tensor([...permute(begins, inverse), ...permute(ends, inverse)]);
    context.view.setInput(node, 1, context.view.addConstant(`${node.outputs[0]}_pads`, moved));
  };
  return { follows: [0], outputsFollow: true, apply };
}

/** Operators with an integer for every axis as an input. */
function planLengths({ node, perm, context }: LayoutCall, index: number): LayoutPlan | undefined {
  const lengths = constantInts(context, node.inputs[index]);
  if (lengths?.length !== perm.length) return undefined;
  const apply = () => {
    const moved = int64Tensor(permute(lengths, inversePermutation(perm)));
    const name = context.view.addConstant(`${node.outputs[0]}_lengths`, moved);
    context.view.setInput(node, index, name);
  };
  return { follows: [0], outputsFollow: true, apply };
}

/** Resize follows for `nearest`; other modes run in few axis orders only, and keep theirs. */
function planResize(call: LayoutCall): LayoutPlan | undefined {
  const { node, perm, context } = call;
  if (attrString(node, 'mode', 'nearest') !== 'nearest') return undefined;
  if (attrInts(node, 'axes') || node.inputs[1]) return undefined;
  if (node.inputs[3]) return planLengths(call, 3);
  const scales = constantNumbers(context, node.inputs[2]);
  if (scales?.values.length !== perm.length) return undefined;
  const apply = () => {
    const moved = permute([...scales.values], inversePermutation(perm));
    const { name: _, ...data } = tensorFromArray('', 'float32', moved, [moved.length]);
    const name = context.view.addConstant(`${node.outputs[0]}_scales`, data);
    context.view.setInput(node, 2, name);
  };
  return { follows: [0], outputsFollow: true, apply };
}
