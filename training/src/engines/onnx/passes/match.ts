import { type Node, type PassContext, tensorToArray } from '@latentkit/onnx';

/** What passes ask of nodes and values. */

export function isOp(node: Node | undefined, ...opTypes: readonly string[]): node is Node {
  return node !== undefined && node.domain === '' && opTypes.includes(node.opType);
}

/** The number that a float constant of one element holds. */
export function scalar(view: PassContext['view'], name: string | undefined): number | undefined {
  const tensor = view.constant(name);
  if (tensor?.dtype !== 'float32') return undefined;
  const values = tensorToArray(tensor) as Float32Array;
  return values.length === 1 ? values[0] : undefined;
}

/** The sizes of a value, where all are known. */
export function sizes({ types }: Pick<PassContext, 'types'>, name: string | undefined) {
  const shape = types.get(name).shape;
  return shape?.every((dim) => typeof dim === 'number') ? (shape as number[]) : undefined;
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
  const raw = new Uint8Array(values.length * 8);
  const data = new DataView(raw.buffer);
  for (const [i, value] of values.entries()) data.setBigInt64(i * 8, BigInt(value), true);
  return view.addConstant(name, { dtype: 'int64', dims: [values.length], raw });
}
