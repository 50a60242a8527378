import { attrFloat, attrInt } from '../attributes.ts';
import type { Node } from '../ir.ts';
import { constantNumbers } from '../rewrite/constant-values.ts';
import { isOp } from '../rewrite/is-op.ts';
import type { Pass, PassContext } from '../rewrite/pass.ts';
import { encode, type NumericTensor } from '../rewrite/tensor-values.ts';

export const foldShiftIntoBias: Pass = {
  name: 'fold-shift-into-bias',
  summary:
    'A constant that the rows of a Gemm are shifted by goes, through its weights, into its bias.',
  apply(context) {
    let rewrites = 0;
    for (const node of context.view.nodes()) if (fold(node, context)) rewrites++;
    return rewrites;
  },
};

/** α (x − c) W + b = α x W + (b − α c W) */
function fold(gemm: Node, context: PassContext): boolean {
  const { view, types } = context;
  if (!isOp(gemm, 'Gemm') || attrInt(gemm, 'transA', 0) === 1) return false;
  const [left, weights, biases] = gemm.inputs as [string, string, string | undefined];
  const producer = view.producer(left);
  const shifted = producer && shiftOf(producer, context);
  const weight = shifted && constantNumbers(context, weights);
  const bias = biases ? rowOf(constantNumbers(context, biases)) : undefined;
  if (!weight || (biases && !bias) || attrFloat(gemm, 'beta', 1) !== 1) return false;

  const transposed = attrInt(gemm, 'transB', 0) === 1;
  const [rows, columns] = (transposed ? weight.dims.toReversed() : weight.dims) as [number, number];
  const { shape } = types.get(shifted.operand);
  // The constant may be what makes the rows as wide as the weights are high.
  if (shape?.length !== 2 || shape[1] !== rows || shifted.values.length !== rows) return false;
  // One row that holds for all: a bias of another shape than the product's columns is left alone.
  if (bias && bias.length !== columns) return false;
  const alpha = attrFloat(gemm, 'alpha', 1);
  const values = Float64Array.from({ length: columns }, (_, column) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) {
      const at = transposed ? column * rows + row : row * columns + column;
      sum += (shifted.values[row] as number) * (weight.values[at] as number);
    }
    return (bias?.[column] ?? 0) + alpha * sum;
  });
  const tensor = encode({ dtype: weight.dtype, dims: [columns], values });
  if (!tensor || !values.every((value) => Number.isFinite(Math.fround(value)))) return false;
  if (biases) view.replaceConstant(gemm, 2, tensor);
  else view.setInputs(gemm, [left, weights, view.addConstant(`${weights}_bias`, tensor)]);
  view.setInput(gemm, 0, shifted.operand);
  return true;
}

/** What is added to the rows of a value: x + c, or x − c. */
function shiftOf(node: Node, context: PassContext) {
  if (!isOp(node, 'Add', 'Sub')) return undefined;
  const [left, right] = node.inputs as [string, string];
  const behind = rowOf(constantNumbers(context, right));
  if (behind) {
    const values = isOp(node, 'Sub') ? behind.map((value) => -value) : behind;
    return { operand: left, values };
  }
  const before = isOp(node, 'Add') ? rowOf(constantNumbers(context, left)) : undefined;
  return before && { operand: right, values: before };
}

/** The values of a constant that is one row. */
function rowOf(constant: NumericTensor | undefined): Float64Array | undefined {
  const [last, ...outer] = constant?.dims.toReversed() ?? [];
  if (last === undefined || outer.length > 1 || outer.some((dim) => dim !== 1)) return undefined;
  return constant?.values;
}
