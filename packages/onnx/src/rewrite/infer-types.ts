import type { DType } from '../dtype.ts';
import { inferShapes } from '../infer/infer-shapes.ts';
import type { Dim, Model } from '../ir.ts';

/** What is known of a value; a named dimension stands for one unknown size, the same wherever it appears. */
export interface TensorType {
  dtype: DType | undefined;
  shape: readonly Dim[] | undefined;
  /** The elements of a small integer tensor of rank 0 or 1, such as the target of a Reshape; null for one not known exactly. */
  data: readonly Dim[] | undefined;
}

/** The types of a graph's values by name. */
export interface TensorTypes {
  get(name: string | undefined): TensorType;
}

const UNKNOWN: TensorType = { dtype: undefined, shape: undefined, data: undefined };

/** Infers the types of a model's values, in the form that passes ask for them. */
export function inferTypes(model: Model): TensorTypes {
  const { types, values } = inferShapes(model);
  return {
    get(name = '') {
      const type = types.get(name);
      if (type?.kind !== 'tensor') return UNKNOWN;
      return { dtype: type.dtype, shape: type.shape ?? undefined, data: values(name) };
    },
  };
}
