import type { Model } from '../ir.ts';
import type { GraphView } from './graph-view.ts';
import type { TensorTypes } from './infer-types.ts';

/** What a pass works on. */
export interface PassContext {
  readonly model: Model;
  readonly view: GraphView;
  /** Version of ONNX's own operator set. */
  readonly opset: number;
  /** Types and shapes of the values, as far as they are known. */
  readonly types: TensorTypes;
  /** Constants larger than this many bytes are computed only where they take the place of ones as large. */
  readonly foldLimit: number;
  /** What may still be spent on folding constants in this whole optimisation. */
  readonly budget: FoldBudget;
}

/** Small nodes can ask for large results, many times over: what all of them together may cost. */
export interface FoldBudget {
  /** Bytes by which the constants may still grow. */
  bytes: number;
  /** Elements that may still be read and written. */
  elements: number;
}

/** One kind of rewrite. */
export interface Pass {
  readonly name: string;
  /** One line for the documentation. */
  readonly summary: string;
  /** Rewrites the graph where it can; returns how many rewrites it made, 0 when nothing was left to do. */
  apply(context: PassContext): number;
}
