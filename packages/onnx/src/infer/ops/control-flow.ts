import { attrGraph, attrInt, attrInts } from '../../attributes.ts';
import type { Dim, ValueType } from '../../ir.ts';
import { printType } from '../../print/print-model.ts';
import { commonShape, Mismatch, normalAxis, shapeMismatch } from '../op/dims.ts';
import { type Family, type Inference, tensor } from '../op/op.ts';

const ifElse: Inference = (op) => {
  const branches = ['then_branch', 'else_branch'].flatMap((name) => {
    const graph = attrGraph(op.node, name);
    return graph ? [op.body(graph, [])] : [];
  });
  const [yes, no] = branches;
  if (!yes || !no) return [];
  if (yes.length !== no.length || yes.length !== op.node.outputs.length) {
    throw new Mismatch(
      'type-mismatch',
      `The branches of If give ${yes.length} and ${no.length} values, the node has ${op.node.outputs.length} outputs.`,
    );
  }
  return yes.map((type, i) => common(type, no[i]));
};

/** What holds for both branches. */
function common(a: ValueType | undefined, b: ValueType | undefined): ValueType | undefined {
  if (!a || !b) return undefined;
  if (a.kind !== 'tensor' || b.kind !== 'tensor') return a.kind === b.kind ? a : undefined;
  if (a.dtype !== b.dtype) {
    throw new Mismatch(
      'type-mismatch',
      `The branches of If give ${printType(a)} and ${printType(b)} for one output.`,
    );
  }
  return tensor(a.dtype, commonShape(a.shape, b.shape));
}

function withoutShape(type: ValueType | undefined): ValueType | undefined {
  return type?.kind === 'tensor' ? { ...type, shape: null } : type;
}

/** Values that are carried around may change their shape, so that only their type is known. */
const loop: Inference = (op) => {
  const graph = attrGraph(op.node, 'body');
  if (!graph) return [];
  const carried = op.node.inputs.length - 2;
  const states = Array.from({ length: Math.max(carried, 0) }, (_, i) =>
    withoutShape(op.type(i + 2)),
  );
  const results = op.body(graph, [tensor('int64', []), tensor('bool', []), ...states]);
  const [, ...values] = results;
  if (graph.inputs.length !== states.length + 2 || values.length !== op.node.outputs.length) {
    throw shapeMismatch(
      `The body of Loop takes ${graph.inputs.length} values and gives ${results.length}; the node has ${op.node.inputs.length} inputs and ${op.node.outputs.length} outputs.`,
    );
  }
  return values.map((type, i) => {
    if (i < states.length) return withoutShape(type ?? states[i]);
    return type?.kind === 'tensor'
      ? tensor(type.dtype, type.shape && [null, ...type.shape])
      : undefined;
  });
};

/** From operator set 9 on; before, Scan had a batch dimension and another layout of inputs. */
const scan: Inference = (op) => {
  const graph = attrGraph(op.node, 'body');
  if (!graph || op.opset < 9) return [];
  const count = attrInt(op.node, 'num_scan_inputs', 0);
  const states = op.node.inputs.length - count;
  if (!(count >= 1 && states >= 0)) {
    throw shapeMismatch(
      `Scan has ${count} as num_scan_inputs, expected 1 to its ${op.node.inputs.length} inputs.`,
    );
  }
  const inputAxes = attrInts(op.node, 'scan_input_axes');
  let steps: Dim = null;
  const inputs = op.node.inputs.map((_, i): ValueType | undefined => {
    const type = op.type(i);
    if (i < states || type?.kind !== 'tensor' || !type.shape) return i < states ? type : undefined;
    const axis = normalAxis(inputAxes?.[i - states] ?? 0, type.shape.length);
    const dim = type.shape[axis] ?? null;
    if (typeof dim === 'number' && typeof steps === 'number' && dim !== steps) {
      throw shapeMismatch(`Scan reads ${steps} and ${dim} steps at once.`);
    }
    if (typeof steps !== 'number') steps = dim ?? steps;
    return tensor(type.dtype, type.shape.toSpliced(axis, 1));
  });
  const results = op.body(graph, inputs);
  if (results.length !== op.node.outputs.length || graph.inputs.length !== inputs.length) {
    throw shapeMismatch(
      `The body of Scan takes ${graph.inputs.length} values and gives ${results.length}; the node has ${inputs.length} inputs and ${op.node.outputs.length} outputs.`,
    );
  }
  const outputAxes = attrInts(op.node, 'scan_output_axes');
  return results.map((type, i) => {
    if (i < states) return op.type(i) ?? type;
    if (type?.kind !== 'tensor' || !type.shape) return withoutShape(type);
    const axis = normalAxis(outputAxes?.[i - states] ?? 0, type.shape.length + 1);
    return tensor(type.dtype, type.shape.toSpliced(axis, 0, steps));
  });
};

export const controlFlow: Family = { If: ifElse, Loop: loop, Scan: scan };
