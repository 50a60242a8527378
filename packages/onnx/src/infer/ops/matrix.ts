import { attrInt, attrString } from '../../attributes.ts';
import type { Dim } from '../../ir.ts';
import { printShape } from '../../print/print-model.ts';
import { broadcast, type Shape, shapeMismatch } from '../op/dims.ts';
import { type Family, type Inference, type Op, tensor } from '../op/op.ts';

/** Inner dimensions must be equal where both are sizes. */
function checkInner(a: Dim, b: Dim, what: string): void {
  if (typeof a === 'number' && typeof b === 'number' && a !== b) {
    throw shapeMismatch(`${what}: the inner dimensions ${a} and ${b} differ.`);
  }
}

/** NumPy's matmul: stacks broadcast, a vector becomes a row or column that the result loses again. */
export function matmulShape(a: Shape | null, b: Shape | null): Shape | null {
  if (!a || !b) return null;
  if (a.length === 0 || b.length === 0) {
    throw shapeMismatch(
      `A scalar cannot be multiplied as a matrix: ${printShape(a)}, ${printShape(b)}.`,
    );
  }
  const left: Shape = a.length === 1 ? [1, ...a] : a;
  const right: Shape = b.length === 1 ? [...b, 1] : b;
  checkInner(
    left.at(-1) as Dim,
    right.at(-2) as Dim,
    `The matrices ${printShape(a)} and ${printShape(b)} do not fit`,
  );
  const stack = broadcast([left.slice(0, -2), right.slice(0, -2)]) as Shape;
  const result = [...stack];
  if (a.length > 1) result.push(left.at(-2) as Dim);
  if (b.length > 1) result.push(right.at(-1) as Dim);
  return result;
}

const gemm: Inference = (op) => {
  const a = op.shape(0);
  const b = op.shape(1);
  if (!a || !b) return [tensor(op.dtype(0), null)];
  if (a.length !== 2 || b.length !== 2) {
    throw shapeMismatch(`Gemm takes matrices, got ${printShape(a)} and ${printShape(b)}.`);
  }
  const [rows = null, inner = null] = attrInt(op.node, 'transA', 0) ? [a[1], a[0]] : a;
  const [inner2 = null, columns = null] = attrInt(op.node, 'transB', 0) ? [b[1], b[0]] : b;
  checkInner(inner, inner2, `Gemm of ${printShape(a)} and ${printShape(b)}`);
  const shape = [rows, columns];
  const bias = op.has(2) ? op.shape(2) : null;
  if (bias && op.opset >= 7) {
    const stretched = broadcast([bias, shape]) as Shape;
    const grew = stretched.some((dim, i) => typeof dim === 'number' && shape[i] === 1 && dim !== 1);
    if (stretched.length > 2 || grew) {
      throw shapeMismatch(
        `The bias ${printShape(bias)} does not broadcast to ${printShape(shape)}.`,
      );
    }
  }
  return [tensor(op.dtype(0), shape)];
};

/** Source: NumPy's einsum, explicit and implicit form, with ellipsis. */
const einsum: Inference = (op) => {
  const dtype = op.dtype(0);
  const equation = attrString(op.node, 'equation')?.replaceAll(' ', '');
  const shapes = op.node.inputs.map((_, i) => op.shape(i));
  if (!equation || shapes.some((shape) => shape === null)) return [tensor(dtype, null)];
  return [tensor(dtype, einsumShape(equation, shapes as Shape[]))];
};

function einsumShape(equation: string, shapes: readonly Shape[]): Shape {
  const [left = '', right] = equation.split('->');
  const terms = left.split(',');
  if (terms.length !== shapes.length) {
    throw shapeMismatch(`"${equation}" has ${terms.length} terms for ${shapes.length} inputs.`);
  }
  const sizes = new Map<string, Dim>();
  const counts = new Map<string, number>();
  const stacks: Shape[] = [];
  for (const [i, term] of terms.entries()) {
    const shape = shapes[i] as Shape;
    const [before = '', after] = term.split('...');
    const labels = before + (after ?? '');
    if (after === undefined ? shape.length !== labels.length : shape.length < labels.length) {
      throw shapeMismatch(`The term "${term}" of "${equation}" does not fit ${printShape(shape)}.`);
    }
    if (after !== undefined) {
      stacks.push(shape.slice(before.length, shape.length - after.length));
    }
    for (const [at, label] of [...labels].entries()) {
      const index = at < before.length ? at : shape.length - labels.length + at;
      const [dim = null] = broadcast([[sizes.get(label) ?? 1], [shape[index] ?? null]]) as Shape;
      sizes.set(label, dim);
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
  }
  const stack = broadcast(stacks) as Shape;
  const once = [...counts].filter(([, count]) => count === 1).map(([label]) => label);
  const output = right ?? `${stacks.length > 0 ? '...' : ''}${once.sort().join('')}`;
  const [before = '', after] = output.split('...');
  const pick = (labels: string) =>
    [...labels].map((label) => {
      const dim = sizes.get(label);
      if (dim === undefined) throw shapeMismatch(`"${equation}" makes "${label}" from nothing.`);
      return dim;
    });
  return after === undefined ? pick(before) : [...pick(before), ...stack, ...pick(after)];
}

const matmul =
  (dtype: (op: Op) => ReturnType<Op['dtype']>, second: number): Inference =>
  (op) => [tensor(dtype(op), matmulShape(op.shape(0), op.shape(second)))];

const det: Inference = (op) => [tensor(op.dtype(0), op.shape(0)?.slice(0, -2) ?? null)];

/** Products of matrices. */
export const matrix: Family = {
  Gemm: gemm,
  MatMul: matmul((op) => op.dtype(0), 1),
  MatMulInteger: matmul(() => 'int32', 1),
  QLinearMatMul: matmul((op) => op.dtype(7), 3),
  Einsum: einsum,
  Det: det,
};
