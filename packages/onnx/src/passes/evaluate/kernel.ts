import type { Node } from '../../ir.ts';
import type { NumericTensor } from '../../rewrite/tensor-values.ts';

/** A node with the values of its inputs; undefined stands for an omitted optional input. */
export interface KernelCall {
  readonly node: Node;
  readonly opset: number;
  readonly inputs: readonly (NumericTensor | undefined)[];
}

/**
 * Computes one operator. Undefined means "not here": a case that the kernel does not cover, or one
 * that is an error at run time and must stay one.
 */
export type Kernel = (call: KernelCall) => NumericTensor[] | undefined;
