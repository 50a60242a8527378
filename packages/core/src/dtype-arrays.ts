import type { DType, TensorDataByDType } from './tensor.ts';

/** The typed array that holds the elements of each dtype. */
export const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const satisfies {
  [D in DType]: new (
    buffer: ArrayBuffer,
    offset: number,
    length: number,
  ) => TensorDataByDType[D];
};
