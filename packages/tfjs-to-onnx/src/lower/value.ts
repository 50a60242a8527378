import type { DataType } from '@tensorflow/tfjs-core';
import type { Formula, Size } from '../trace/size.ts';

/**
 * A tensor of the graph being written. Broadcasts and reshapes are kept as notes on a value and
 * become nodes only where a consumer needs the tensor itself: element-wise operators take the
 * smaller tensor behind a broadcast, and chains of reshapes collapse.
 */
export interface Value {
  readonly shape: readonly Size[];
  readonly dtype: DataType;
  readonly form: Form;
}

export type Form =
  /** A tensor that exists under a name. */
  | { readonly kind: 'named'; readonly name: string }
  /** One number throughout. */
  | { readonly kind: 'uniform'; readonly value: number | Formula }
  /** A smaller tensor, broadcast to the shape. */
  | { readonly kind: 'expand'; readonly base: Value }
  /** The elements of another tensor, in the same order. */
  | { readonly kind: 'reshape'; readonly base: Value };

/** The number that fills the value, where it is one that does not depend on any size. */
export const uniformNumber = (value: Value): number | null =>
  value.form.kind === 'uniform' && typeof value.form.value === 'number' ? value.form.value : null;
