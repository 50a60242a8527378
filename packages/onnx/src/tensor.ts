import { byteLength, bytesPerElement, type DType, isPacked } from './dtype.ts';
import { OnnxError } from './errors.ts';
import { checkDims, checkDtype, checkTensorForm, checkText, refuse } from './form.ts';
import type { TensorData } from './ir.ts';

/** What each dtype's elements come as: half floats as their bits, bools as 0 and 1. */
export interface ArrayByDType {
  float32: Float32Array;
  uint8: Uint8Array;
  int8: Int8Array;
  uint16: Uint16Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  string: string[];
  bool: Uint8Array;
  float16: Uint16Array;
  float64: Float64Array;
  uint32: Uint32Array;
  uint64: BigUint64Array;
  /** Real and imaginary parts in turn. */
  complex64: Float32Array;
  complex128: Float64Array;
  bfloat16: Uint16Array;
  /** 8-bit floats as their bits; of the narrower types each byte holds two or four, the first one lowest. */
  float8e4m3fn: Uint8Array;
  float8e4m3fnuz: Uint8Array;
  float8e5m2: Uint8Array;
  float8e5m2fnuz: Uint8Array;
  float8e8m0: Uint8Array;
  uint4: Uint8Array;
  int4: Uint8Array;
  float4e2m1: Uint8Array;
  uint2: Uint8Array;
  int2: Uint8Array;
}

type Constructor<A> = {
  new (buffer: ArrayBuffer): A;
  from(values: Iterable<never>): A;
};

const CONSTRUCTORS: { [D in Exclude<DType, 'string'>]: Constructor<ArrayByDType[D]> } = {
  float32: Float32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  float16: Uint16Array,
  float64: Float64Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  complex64: Float32Array,
  complex128: Float64Array,
  bfloat16: Uint16Array,
  float8e4m3fn: Uint8Array,
  float8e4m3fnuz: Uint8Array,
  float8e5m2: Uint8Array,
  float8e5m2fnuz: Uint8Array,
  float8e8m0: Uint8Array,
  uint4: Uint8Array,
  int4: Uint8Array,
  float4e2m1: Uint8Array,
  uint2: Uint8Array,
  int2: Uint8Array,
};

/** Bytes of one scalar as the host stores it: a complex element holds two of them. */
function scalarBytes(dtype: Exclude<DType, 'string'>): number {
  if (dtype === 'complex64') return 4;
  if (dtype === 'complex128') return 8;
  if (isPacked(dtype)) return 1;
  return bytesPerElement(dtype) as number;
}

export const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Swaps the bytes of each scalar in place; typed arrays follow the host, raw_data is little-endian. */
function swapScalars(bytes: Uint8Array, width: number): void {
  for (let i = 0; i < bytes.length; i += width) bytes.subarray(i, i + width).reverse();
}

/**
 * The number of elements of a shape.
 *
 * @throws OnnxError `malformed` where a dimension is negative, fractional, or the product is no safe integer
 */
export function elementCount(dims: readonly number[], what = 'A tensor'): number {
  checkDims(dims);
  let count = 1;
  for (const dim of dims) {
    if (!Number.isSafeInteger(dim) || dim < 0) {
      throw new OnnxError(
        'malformed',
        `${what} has the dimension ${dim} in [${clipDims(dims)}]; dimensions are integers ≥ 0.`,
      );
    }
  }
  for (const dim of dims) {
    if (dim === 0) return 0;
    count *= dim;
  }
  if (!Number.isSafeInteger(count)) {
    throw new OnnxError('malformed', `${what} of shape [${clipDims(dims)}] has too many elements.`);
  }
  return count;
}

function clipDims(dims: readonly number[]): string {
  return dims.length > 16 ? `${dims.slice(0, 16).join(', ')}, …` : dims.join(', ');
}

/** Values of a tensor: its own array type, or plain numbers (bigints for 64-bit integers, booleans for bool). */
export type TensorValues<D extends DType> =
  | ArrayByDType[D]
  | ArrayLike<D extends 'int64' | 'uint64' ? bigint | number : D extends 'string' ? string : number>
  | (D extends 'bool' ? ArrayLike<boolean> : never);

/**
 * A tensor from values in row-major order. Half floats are given as their 16 bits (see `Uint16Array`),
 * never as numbers to convert. The bytes are a copy.
 *
 * @throws OnnxError `invalid-argument` where the number of values differs from the shape's, a value is no
 * number (of strings: no text), or an integer is out of its type's range
 */
export function tensorFromArray<D extends DType>(
  name: string,
  dtype: D,
  values: TensorValues<D>,
  dims: readonly number[],
): TensorData {
  checkText('The name of the tensor', name);
  checkDtype(dtype);
  const perElement = dtype === 'complex64' || dtype === 'complex128' ? 2 : 1;
  const count = elementCount(dims, `The tensor "${name}"`);
  const expected = isPacked(dtype) ? (byteLength(dtype, count) as number) : count * perElement;
  if (typeof values !== 'object' || !Number.isInteger(values?.length)) {
    refuse(`The values of "${name}"`, 'an array', values);
  }
  if (values.length !== expected) {
    throw new OnnxError(
      'invalid-argument',
      `The tensor "${name}" of shape [${dims.join(', ')}] needs ${expected} values, got ${values.length}.`,
    );
  }
  if (dtype === 'string') {
    const strings = Array.from(values as ArrayLike<string>);
    for (const text of strings) checkText(`The values of "${name}"`, text, 'texts');
    return { name, dtype, dims: [...dims], raw: new Uint8Array(0), strings };
  }
  const numeric = dtype as Exclude<DType, 'string'>;
  const array = convert(numeric, values as ArrayLike<number | bigint | boolean>);
  const raw = new Uint8Array(array.buffer, array.byteOffset, array.byteLength).slice();
  if (!hostIsLittleEndian) swapScalars(raw, scalarBytes(numeric));
  return { name, dtype, dims: [...dims], raw };
}

/** What integer dtypes hold; half floats are given as their bits. */
export const INTEGER_RANGES: { readonly [D in DType]?: readonly [bigint, bigint] } = {
  int8: [-0x80n, 0x7fn],
  uint8: [0n, 0xffn],
  bool: [0n, 1n],
  int16: [-0x8000n, 0x7fffn],
  uint16: [0n, 0xffffn],
  float16: [0n, 0xffffn],
  bfloat16: [0n, 0xffffn],
  float8e4m3fn: [0n, 0xffn],
  float8e4m3fnuz: [0n, 0xffn],
  float8e5m2: [0n, 0xffn],
  float8e5m2fnuz: [0n, 0xffn],
  float8e8m0: [0n, 0xffn],
  uint4: [0n, 0xffn],
  int4: [0n, 0xffn],
  float4e2m1: [0n, 0xffn],
  uint2: [0n, 0xffn],
  int2: [0n, 0xffn],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

type NumericArray = Exclude<ArrayByDType[DType], string[]>;

function convert(
  dtype: Exclude<DType, 'string'>,
  values: ArrayLike<number | bigint | boolean>,
): NumericArray {
  const type = CONSTRUCTORS[dtype];
  if (values instanceof (type as unknown as new () => object)) {
    return values as unknown as NumericArray;
  }
  const list = Array.from(values, (value) => toElement(dtype, value));
  return type.from(list as Iterable<never>) as NumericArray;
}

/** Typed arrays wrap what they cannot hold, which would change a model without a word. */
function toElement(dtype: DType, value: number | bigint | boolean): number | bigint {
  const range = INTEGER_RANGES[dtype];
  const numeric = typeof value === 'number' || typeof value === 'bigint';
  if (!numeric && !(dtype === 'bool' && typeof value === 'boolean')) {
    refuse('A value of the tensor', `a number for ${dtype}`, value);
  }
  if (!range) return Number(value);
  const exact = typeof value === 'bigint' ? value : Number(value);
  const whole = typeof exact === 'bigint' || Number.isInteger(exact);
  if (!whole || exact < range[0] || exact > range[1]) {
    throw new OnnxError(
      'invalid-argument',
      `${exact} is no ${dtype}, which takes integers from ${range[0]} to ${range[1]}.`,
    );
  }
  return dtype === 'int64' || dtype === 'uint64' ? BigInt(exact) : Number(exact);
}

/**
 * The elements of a tensor in row-major order, as a copy.
 *
 * @throws OnnxError `external-data` while the bytes lie in another file, `malformed` where their number is wrong
 */
export function tensorToArray<D extends DType>(tensor: TensorData & { dtype: D }): ArrayByDType[D];
export function tensorToArray(tensor: TensorData): ArrayByDType[DType];
export function tensorToArray(tensor: TensorData): ArrayByDType[DType] {
  checkTensorSize(tensor);
  if (tensor.dtype === 'string') return [...(tensor.strings ?? [])];
  const copy = new Uint8Array(tensor.raw);
  if (!hostIsLittleEndian) swapScalars(copy, scalarBytes(tensor.dtype));
  return new CONSTRUCTORS[tensor.dtype](copy.buffer as ArrayBuffer);
}

/** Integers of an int32 or int64 tensor as bigints: what shapes, axes and indices are. */
export function tensorToBigInts(tensor: TensorData): bigint[] {
  const values = tensorToArray(tensor);
  return Array.from(values as ArrayLike<number | bigint>, (value) => BigInt(value));
}

/**
 * Checks that the bytes are there and as many as the shape says.
 *
 * @throws OnnxError `external-data` or `malformed`
 */
export function checkTensorSize(tensor: TensorData): void {
  checkTensorForm(tensor);
  const count = elementCount(tensor.dims, `The tensor "${tensor.name}"`);
  if (tensor.external) {
    throw new OnnxError(
      'external-data',
      `The values of the tensor "${tensor.name}" lie in the file "${tensor.external.location}", which was not read. Load the model with loadModelFile, or pass readModel a resolveExternal.`,
    );
  }
  const bytes = byteLength(tensor.dtype, count);
  const got = bytes === undefined ? (tensor.strings?.length ?? 0) : tensor.raw.length;
  const expected = bytes ?? count;
  if (got !== expected) {
    const unit = bytes === undefined ? 'strings' : 'bytes';
    throw new OnnxError(
      'malformed',
      `The tensor "${tensor.name}" (${tensor.dtype} [${clipDims(tensor.dims)}]) needs ${expected} ${unit}, it has ${got}.`,
    );
  }
}
