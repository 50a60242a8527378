import { type Node, type PassContext, tensorToArray } from '@latentkit/onnx';
import { int64Tensor, isOp, staticShape } from '@latentkit/onnx/passes';

/** What passes ask of nodes and values. */

/** The number that a float constant of one element holds. */
export function scalar(view: PassContext['view'], name: string | undefined): number | undefined {
  const tensor = view.constant(name);
  if (tensor?.dtype !== 'float32') return undefined;
  const values = tensorToArray(tensor) as Float32Array;
  return values.length === 1 ? values[0] : undefined;
}

/** The sizes of a value, where all are known. */
export function sizes({ types }: Pick<PassContext, 'types'>, name: string | undefined) {
  return staticShape(types.get(name).shape);
}

/** The two operands of a node, either way round. */
export function orders({ inputs }: Node): readonly (readonly [string, string])[] {
  const [left, right] = inputs as [string, string];
  return [
    [left, right],
    [right, left],
  ];
}

/** Rows [n, 1, m], and the shape [n, k, m] to which they are spread. */
export interface RepeatedRows {
  readonly rows: string;
  readonly shape: readonly [n: number, k: number, m: number];
}

/**
 * Of rows that were repeated, [n, 1, m] spread to [n, k, m] and laid out as [n·k, m], the rows before and the shape
 * after they were spread.
 */
export function repeatedRows(
  context: Pick<PassContext, 'types' | 'view'>,
  name: string,
): RepeatedRows | undefined {
  const { view } = context;
  const flat = view.producer(name);
  const expand = isOp(flat, 'Reshape') ? view.producer(flat.inputs[0] as string) : undefined;
  if (!isOp(expand, 'Expand')) return undefined;
  const rows = expand.inputs[0] as string;
  const [from, spread, to] = [rows, expand.outputs[0], name].map((value) => sizes(context, value));
  const [n, k, m] = (spread?.length === 3 ? spread : []) as [number, number, number];
  const isRepeated = String(from) === `${n},1,${m}` && String(to) === `${n * k},${m}`;
  return isRepeated ? { rows, shape: [n, k, m] } : undefined;
}

/** A constant and the other operand of a Mul, in either order. */
export function scaled(view: PassContext['view'], node: Node | undefined) {
  if (!isOp(node, 'Mul')) return undefined;
  const [left, right] = node.inputs as [string, string];
  const [before, behind] = [scalar(view, left), scalar(view, right)];
  if (behind !== undefined) return { factor: behind, operand: left };
  return before === undefined ? undefined : { factor: before, operand: right };
}

export function scalarConstant(view: PassContext['view'], name: string, value: number): string {
  const raw = new Uint8Array(4);
  new DataView(raw.buffer).setFloat32(0, value, true);
  return view.addConstant(name, { dtype: 'float32', dims: [], raw });
}

export function intsConstant(
  view: PassContext['view'],
  name: string,
  values: readonly number[],
): string {
  return view.addConstant(name, int64Tensor(values));
}
