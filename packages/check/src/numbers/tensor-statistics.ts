import { floatValues, type TensorData } from '@latentkit/onnx';

export interface TensorStatistics {
  readonly count: number;
  /** NaN and infinities. */
  readonly notFinite: number;
  /** Numbers too small for the full precision of their type, zero aside: slow on many processors. */
  readonly denormal: number;
  readonly zero: number;
  /** Largest absolute value of the finite ones. */
  readonly largest: number;
  /** Root of the sum of squares. */
  readonly norm: number;
}

/** Least normal number of a type. */
const LEAST_NORMAL: Readonly<Record<string, number>> = {
  float16: 2 ** -14,
  float32: 2 ** -126,
  float64: 2 ** -1022,
};

/** Undefined for a tensor that holds no floats. */
export function statisticsOf(tensor: TensorData): TensorStatistics | undefined {
  const values = floatValues(tensor);
  if (!values) return undefined;
  const least = LEAST_NORMAL[tensor.dtype] as number;
  let notFinite = 0;
  let denormal = 0;
  let zero = 0;
  let largest = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] as number);
    if (!Number.isFinite(size)) {
      notFinite += 1;
      continue;
    }
    if (size === 0) zero += 1;
    else if (size < least) denormal += 1;
    largest = Math.max(largest, size);
    squares += size * size;
  }
  return { count: values.length, notFinite, denormal, zero, largest, norm: Math.sqrt(squares) };
}
