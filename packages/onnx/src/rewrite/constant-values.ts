import type { PassContext } from './pass.ts';
import { decode, decodeInts, type NumericTensor } from './tensor-values.ts';

/** Constants as numbers, where a value is constant. */

export function constantNumbers(
  { view }: Pick<PassContext, 'view'>,
  name: string | undefined,
): NumericTensor | undefined {
  const tensor = view.constant(name);
  return tensor && decode(tensor);
}

export function constantInts(
  { view }: Pick<PassContext, 'view'>,
  name: string | undefined,
): number[] | undefined {
  const tensor = view.constant(name);
  if (tensor?.dtype !== 'int64' && tensor?.dtype !== 'int32') return undefined;
  return decodeInts(tensor);
}

/** The one number that all elements of a constant are (the sign of zero included). */
export function uniformValue(
  context: Pick<PassContext, 'view'>,
  name: string | undefined,
): number | undefined {
  const tensor = constantNumbers(context, name);
  const first = tensor?.values[0];
  return tensor?.values.every((value) => Object.is(value, first)) ? first : undefined;
}

/** The number that a constant of one element holds. */
export function scalarValue(
  context: Pick<PassContext, 'view'>,
  name: string | undefined,
): number | undefined {
  const tensor = constantNumbers(context, name);
  return tensor?.values.length === 1 ? tensor.values[0] : undefined;
}
