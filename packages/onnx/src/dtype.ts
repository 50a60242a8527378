import { OnnxError } from './errors.ts';

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
  float8e4m3fn: 17,
  float8e4m3fnuz: 18,
  float8e5m2: 19,
  float8e5m2fnuz: 20,
  uint4: 21,
  int4: 22,
  float4e2m1: 23,
  float8e8m0: 24,
  uint2: 25,
  int2: 26,
} as const;

export type DType = keyof typeof DTYPE_CODES;

const DTYPES_BY_CODE = new Map<number, DType>(
  Object.entries(DTYPE_CODES).map(([name, code]) => [code, name as DType]),
);

/** The dtype of a `TensorProto.DataType` number, or undefined for one that this library does not know. */
export function dtypeFromCode(code: number): DType | undefined {
  return DTYPES_BY_CODE.get(code);
}

/** Types that this library carries as bytes and does not compute with: 8-bit floats, and what packs several elements into a byte. */
export type PackedDType = Extract<
  DType,
  `float8${string}` | 'uint4' | 'int4' | 'float4e2m1' | 'uint2' | 'int2'
>;

const PACKED_BITS: { readonly [D in PackedDType]: number } = {
  float8e4m3fn: 8,
  float8e4m3fnuz: 8,
  float8e5m2: 8,
  float8e5m2fnuz: 8,
  float8e8m0: 8,
  uint4: 4,
  int4: 4,
  float4e2m1: 4,
  uint2: 2,
  int2: 2,
};

export function isPacked(dtype: DType): dtype is PackedDType {
  return Object.hasOwn(PACKED_BITS, dtype);
}

/** Bytes of `count` elements as ONNX's `raw_data` stores them, the last byte filled up; undefined for strings. */
export function byteLength(dtype: DType, count: number): number | undefined {
  if (isPacked(dtype)) return Math.ceil((count * PACKED_BITS[dtype]) / 8);
  const width = bytesPerElement(dtype);
  return width === undefined ? undefined : count * width;
}

/** Bytes of one element as ONNX's `raw_data` stores it; undefined for strings and for what shares a byte. */
export function bytesPerElement(dtype: DType): number | undefined {
  switch (dtype) {
    case 'string':
    case 'uint4':
    case 'int4':
    case 'float4e2m1':
    case 'uint2':
    case 'int2':
      return undefined;
    case 'float8e4m3fn':
    case 'float8e4m3fnuz':
    case 'float8e5m2':
    case 'float8e5m2fnuz':
    case 'float8e8m0':
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
    case 'float64':
    case 'int64':
    case 'uint64':
    case 'complex64':
      return 8;
    default:
      throw new OnnxError('invalid-argument', `There is no dtype ${JSON.stringify(dtype)}.`);
  }
}
