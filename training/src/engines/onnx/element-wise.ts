import type { Node, PassContext } from '@latentkit/onnx';
import { isOp } from '@latentkit/onnx/passes';
import { sizes } from './passes/match.ts';

/** Operators that work on each element of their operand alone. */
const UNARY = [
  'Abs',
  'Clip',
  'Exp',
  'HardSigmoid',
  'Log',
  'Neg',
  'Relu',
  'Sigmoid',
  'Softplus',
  'Sqrt',
  'Tanh',
];
const BINARY = ['Add', 'Div', 'Mul', 'Sub'];

/**
 * The operands of a node that it takes element by element into a result of the same shape, of `rank` dimensions. None
 * where the node does anything else, or has an operand that is neither of that shape nor one number.
 */
export function elementsOf(
  node: Node,
  context: Pick<PassContext, 'types'>,
  rank: number,
): string[] {
  if (!isOp(node, ...UNARY, ...BINARY)) return [];
  const shape = sizes(context, node.outputs[0]);
  if (shape?.length !== rank) return [];
  const operands = node.inputs.filter((name) => name !== '');
  const alike = operands.filter((name) => String(sizes(context, name)) === String(shape));
  const others = operands.filter((name) => !alike.includes(name));
  const isNumber = (name: string) => sizes(context, name)?.every((size) => size === 1) ?? false;
  return others.every(isNumber) ? alike : [];
}
