/**
 * Element types of tensors, by the names that ONNX Runtime's JavaScript API uses, with their
 * numbers in `TensorProto.DataType`.
 */
export const DTYPE_CODES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  complex64: 14,
  complex128: 15,
  bfloat16: 16,
} as const;

export type DType = keyof typeof DTYPE_CODES;

const DTYPES_BY_CODE = new Map<number, DType>(
  Object.entries(DTYPE_CODES).map(([name, code]) => [code, name as DType]),
);

/** The dtype of a `TensorProto.DataType` number, or undefined for one that this library does not know. */
export function dtypeFromCode(code: number): DType | undefined {
  return DTYPES_BY_CODE.get(code);
}

/** Bytes of one element as ONNX's `raw_data` stores it; undefined for strings. */
export function bytesPerElement(dtype: DType): number | undefined {
  switch (dtype) {
    case 'string':
      return undefined;
    case 'uint8':
    case 'int8':
    case 'bool':
      return 1;
    case 'uint16':
    case 'int16':
    case 'float16':
    case 'bfloat16':
      return 2;
    case 'float32':
    case 'int32':
    case 'uint32':
      return 4;
    case 'complex128':
      return 16;
    default:
      return 8;
  }
}
