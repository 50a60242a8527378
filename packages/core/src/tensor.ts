import { checkInteger, checkList } from './errors/check.ts';
import { ArgumentError, InputError } from './errors/index.ts';
import { isFloats } from './typed-arrays.ts';

/** The typed array that holds each dtype. A bool is one byte (0 or 1); float16 holds the raw bits. */
export interface TensorDataByDType {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  bool: Uint8Array;
}

export type DType = keyof TensorDataByDType;

/** A dense row-major tensor: what goes into and comes out of every graph. */
export interface Tensor<D extends DType = DType> {
  readonly data: TensorDataByDType[D];
  readonly dims: readonly number[];
  readonly dtype: D;
}

/** What typed arrays hold on every engine; a batch of more is an error of the caller's. */
export const MAX_ELEMENTS = 2 ** 31 - 1;

/** @throws ArgumentError for a number of rows, of `rowSize` elements each, below `least` or of too many elements in all */
export function checkLength(
  argument: string,
  value: unknown,
  least: number,
  rowSize: number,
): void {
  checkInteger(argument, value, least, Math.floor(MAX_ELEMENTS / Math.max(1, rowSize)));
}

/**
 * The number of elements of a shape.
 *
 * @throws ArgumentError for what is no array
 */
export function sizeOf(dims: readonly number[]): number {
  checkList('dims', dims, 'an array of sizes');
  return dims.reduce((size, dim) => size * dim, 1);
}

/**
 * Makes a float32 tensor over `data`, without a copy.
 *
 * @param dims defaults to one dimension of `data.length`
 * @throws ArgumentError for other data, or sizes that are none; InputError if `dims` do not multiply to the length of `data`
 */
export function tensor(
  data: Float32Array,
  dims: readonly number[] = [data?.length],
): Tensor<'float32'> {
  checkFloats('data', data);
  checkList('dims', dims, 'an array of sizes');
  for (const dim of dims) checkInteger('dims', dim, 0);
  if (sizeOf(dims) !== data.length) {
    throw new InputError(
      'tensor',
      `${sizeOf(dims)} elements for dims [${dims.join(', ')}]`,
      `${data.length}`,
    );
  }
  return { data, dims, dtype: 'float32' };
}

/**
 * The rows of a tensor [n, …] one by one: views into its data, nothing is copied.
 *
 * @throws ArgumentError for what is no tensor; InputError for one whose dims do not fit its data
 */
export function* rows<D extends DType>(
  of: Tensor<D>,
): Generator<TensorDataByDType[D], void, undefined> {
  checkTensor('rows', of);
  const [n = 1, ...item] = of.dims;
  const size = sizeOf(item);
  if (n * size !== of.data.length) {
    throw new InputError(
      'tensor',
      `${n * size} elements for dims [${of.dims.join(', ')}]`,
      `${of.data.length}`,
    );
  }
  for (let i = 0; i < n; i++) {
    yield of.data.subarray(i * size, (i + 1) * size) as TensorDataByDType[D];
  }
}

/** @throws ArgumentError */
export function checkTensor(argument: string, value: unknown): asserts value is Tensor {
  if (!isTensor(value)) throw new ArgumentError(argument, 'a tensor [n, …]', value);
}

/** @throws ArgumentError for what is no Float32Array */
export function checkFloats(argument: string, value: unknown): void {
  if (!isFloats(value)) throw new ArgumentError(argument, 'a Float32Array', value);
}

/**
 * Checks a matrix whose rows are items.
 *
 * @param n rows that it must have; any number by default
 * @param size columns that it must have; any number by default
 * @throws ArgumentError for what is no float32 tensor of two dimensions that fit its data
 */
export function checkRows(
  argument: string,
  value: unknown,
  { n, size }: { readonly n?: number | undefined; readonly size?: number | undefined } = {},
): void {
  const fits =
    isTensor(value) &&
    value.dtype === 'float32' &&
    isFloats(value.data) &&
    value.dims.length === 2 &&
    sizeOf(value.dims) === value.data.length &&
    (n === undefined || value.dims[0] === n) &&
    (size === undefined || value.dims[1] === size);
  if (fits) return;
  throw new ArgumentError(
    argument,
    `a float32 tensor [${n ?? 'n'}, ${size ?? 'size'}]`,
    isTensor(value)
      ? `${value.dtype} [${value.dims.join(', ')}] over ${value.data.length} values`
      : value,
  );
}

/** True for an object of the shape of {@link Tensor}; plain typed arrays are not. */
export function isTensor(value: unknown): value is Tensor {
  return (
    typeof value === 'object' &&
    value !== null &&
    'data' in value &&
    'dims' in value &&
    'dtype' in value &&
    ArrayBuffer.isView(value.data) &&
    Array.isArray(value.dims)
  );
}
