import { refuse } from '../form.ts';
import type { TensorData } from '../ir.ts';
import { elementCount } from '../tensor.ts';
import type { PassContext } from './pass.ts';
import { decode, decodeInts, type NumericTensor } from './tensor-values.ts';

/** Constants as numbers, where a value is constant. */

/** Longer lists are no axes, sizes or pads. */
const MAX_INTS = 1024;
/** What {@link uniformValue} has found: thousands of nodes may read one large constant. Tensors are never written into. */
const uniform = new WeakMap<TensorData, { value: number | undefined }>();

export function constantNumbers(
  context: Pick<PassContext, 'view'>,
  name: string | undefined,
): NumericTensor | undefined {
  const tensor = constantOf(context, name);
  return tensor && decode(tensor);
}

/** The integers of a short constant; undefined where a number does not hold one exactly. */
export function constantInts(
  context: Pick<PassContext, 'view'>,
  name: string | undefined,
): number[] | undefined {
  const values = constantBounds(context, name);
  return values?.every(Number.isSafeInteger) ? values : undefined;
}

/** As {@link constantInts}, of bounds that a size limits anyway: those beyond the safe integers are rounded. */
export function constantBounds(
  context: Pick<PassContext, 'view'>,
  name: string | undefined,
): number[] | undefined {
  const tensor = constantOf(context, name);
  if (tensor?.dtype !== 'int64' && tensor?.dtype !== 'int32') return undefined;
  return elementCount(tensor.dims) > MAX_INTS ? undefined : decodeInts(tensor);
}

/** The one number that all elements of a constant are (the sign of zero included). */
export function uniformValue(
  context: Pick<PassContext, 'view'>,
  name: string | undefined,
): number | undefined {
  const tensor = constantOf(context, name);
  if (!tensor) return undefined;
  const known = uniform.get(tensor);
  if (known) return known.value;
  const values = decode(tensor)?.values;
  const first = values?.[0];
  const value = values?.every((each) => Object.is(each, first)) ? first : undefined;
  uniform.set(tensor, { value });
  return value;
}

/** The number that a constant of one element holds. */
export function scalarValue(
  context: Pick<PassContext, 'view'>,
  name: string | undefined,
): number | undefined {
  const tensor = constantOf(context, name);
  if (!tensor || elementCount(tensor.dims) !== 1) return undefined;
  return decode(tensor)?.values[0];
}

/** @throws OnnxError `invalid-argument` for what is no context */
function constantOf(
  context: Pick<PassContext, 'view'>,
  name: string | undefined,
): TensorData | undefined {
  if (typeof context?.view?.constant !== 'function') {
    refuse('The context', 'that of a pass', context);
  }
  return context.view.constant(name);
}
