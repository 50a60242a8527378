import type { Node } from '../ir.ts';

/** A node of an operator of ONNX's own. */
export type OnnxNode = Node & { domain: '' | 'ai.onnx' };

/** True for a node of ONNX's own domain, whatever its operator. */
export function isStandard(node: Node | undefined): boolean {
  return node?.domain === '' || node?.domain === 'ai.onnx';
}

/** True for one of the named operators of ONNX's own domain. */
export function isOp(node: Node | undefined, ...opTypes: readonly string[]): node is OnnxNode {
  return opTypes.includes(node?.opType as string) && isStandard(node);
}
