import type { Dim, Node } from '../../ir.ts';
import type { PassContext } from '../../rewrite/pass.ts';

/**
 * How a node computes the same with its tensors in another axis order: a value v is held as v′ with
 * `v = Transpose(v′, perm)`, so that axis i of v is axis perm[i] of v′.
 */
export interface LayoutPlan {
  /** Inputs that must be given in the other order. */
  follows: number[];
  /** Whether the outputs come in the other order too; false where they are the same in both. */
  outputsFollow: boolean;
  /** Changes the node's attributes and parameters; inputs that follow are set by the caller. */
  apply(): void;
}

export interface LayoutCall {
  node: Node;
  perm: readonly number[];
  context: PassContext;
  /** The shape of an input. */
  shape(index: number): readonly Dim[] | undefined;
  /** An axis of v as one of v′. */
  axis(axis: number): number;
}
