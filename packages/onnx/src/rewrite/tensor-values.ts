import type { DType } from '../dtype.ts';
import { refuse } from '../form.ts';
import type { TensorData } from '../ir.ts';
import { tensorFromArray, tensorToArray } from '../tensor.ts';

/** A tensor as plain numbers: exact for every dtype that {@link decode} accepts. */
export interface NumericTensor {
  dtype: DType;
  dims: number[];
  /** Row-major. Booleans are 0 and 1. */
  values: Float64Array;
}

const INTEGER_RANGES: Partial<Record<DType, readonly [number, number]>> = {
  bool: [0, 1],
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

export function isFloat(dtype: DType | undefined): boolean {
  return dtype === 'float32' || dtype === 'float64' || dtype === 'float16' || dtype === 'bfloat16';
}

/** The smallest number of a dtype that has all its digits; below it they are lost one by one. */
export function smallestNormal(dtype: DType): number {
  return dtype === 'float64' ? 2 ** -1022 : 2 ** -126;
}

/** Integers and floats that a double holds exactly; undefined for strings, half floats, complex numbers and huge integers. */
export function decode(tensor: TensorData): NumericTensor | undefined {
  const { dtype, dims } = tensor;
  if (tensor.external) return undefined;
  if (dtype !== 'float32' && dtype !== 'float64' && !INTEGER_RANGES[dtype]) return undefined;
  const elements = tensorToArray(tensor);
  const values =
    elements instanceof BigInt64Array
      ? Float64Array.from(elements, Number)
      : new Float64Array(elements as ArrayLike<number>);
  if (dtype === 'int64' && !values.every(Number.isSafeInteger)) return undefined;
  return { dtype, dims: [...dims], values };
}

/**
 * The tensor of these numbers, floats rounded to the dtype; undefined where an integer does not fit,
 * so that overflow is left to the runtime.
 */
export function encode(tensor: NumericTensor): Omit<TensorData, 'name'> | undefined {
  const { dtype, dims, values } = tensor;
  const range = INTEGER_RANGES[dtype];
  if (range) {
    const [low, high] = range;
    if (!values.every((value) => Number.isInteger(value) && value >= low && value <= high)) {
      return undefined;
    }
  } else if (dtype !== 'float32' && dtype !== 'float64') {
    return undefined;
  }
  const elements = dtype === 'float32' ? new Float32Array(values) : values;
  const { name: _, ...data } = tensorFromArray('', dtype, elements as never, dims);
  return data;
}

/** @throws OnnxError `invalid-argument` for what are no integers */
export function int64Tensor(values: readonly number[]): Omit<TensorData, 'name'> {
  if (!Array.isArray(values) || !values.every(Number.isInteger)) {
    refuse('The values', 'an array of integers', values);
  }
  const { name: _, ...data } = tensorFromArray('', 'int64', values.map(BigInt), [values.length]);
  return data;
}

/** The elements of an integer tensor, rounded beyond the safe integers. */
export function decodeInts(tensor: TensorData): number[] {
  return Array.from(tensorToArray(tensor) as ArrayLike<number | bigint>, Number);
}
