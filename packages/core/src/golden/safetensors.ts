import { ARRAYS } from '../dtype-arrays.ts';
import { checkMethod, checkObject } from '../errors/check.ts';
import { ArgumentError, type ErrorOptions, LatentkitError } from '../errors/index.ts';
import { type DType, isTensor, sizeOf, type Tensor } from '../tensor.ts';
import { isBytes } from '../typed-arrays.ts';

/**
 * The safetensors format: the length of a JSON header as a little-endian uint64, the header (name → dtype,
 * shape, byte offsets; `__metadata__` → strings), the numbers. Python's `safetensors` reads these files.
 */
export interface TensorFile {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const ALIGNMENT = 8;

/** What the format calls each dtype. */
const TYPES: Readonly<Record<DType, string>> = {
  float32: 'F32',
  float64: 'F64',
  float16: 'F16',
  int8: 'I8',
  uint8: 'U8',
  int16: 'I16',
  uint16: 'U16',
  int32: 'I32',
  uint32: 'U32',
  int64: 'I64',
  uint64: 'U64',
  bool: 'BOOL',
};

const BY_NAME: ReadonlyMap<string, DType> = new Map(
  Object.entries(TYPES).map(([dtype, name]) => [name, dtype as DType]),
);

/** @throws ArgumentError for what is no map of tensors whose dims and dtype fit their data */
export function encodeSafetensors(file: TensorFile): Uint8Array {
  checkObject('file', file);
  const { tensors, metadata } = file;
  checkMethod('tensors', tensors, 'values', 'a Map of tensors by name');
  const header: [string, unknown][] = [['__metadata__', metadata]];
  let offset = 0;
  for (const [name, tensor] of tensors) {
    if (!isWhole(tensor)) {
      throw new ArgumentError(
        `tensors.${name}`,
        'a tensor whose dims and dtype fit its data',
        tensor,
      );
    }
    const { dtype, dims, data } = tensor;
    const end = offset + data.byteLength;
    header.push([name, { dtype: TYPES[dtype], shape: dims, data_offsets: [offset, end] }]);
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(8 + padded + offset).fill(0x20, 8, 8 + padded);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, 8);
  let at = 8 + padded;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

function isWhole(value: Tensor): boolean {
  if (!isTensor(value) || !Object.hasOwn(TYPES, value.dtype)) return false;
  const { BYTES_PER_ELEMENT: width } = ARRAYS[value.dtype];
  return (
    value.data.BYTES_PER_ELEMENT === width && value.data.byteLength === width * sizeOf(value.dims)
  );
}

/**
 * @param source where the bytes came from, for messages
 * @throws LatentkitError `invalid-data` for anything but a complete safetensors file of the dtypes above
 */
export function decodeSafetensors(bytes: Uint8Array, source: string): TensorFile {
  if (!isBytes(bytes)) throw new ArgumentError('bytes', 'a Uint8Array', bytes);
  const fail = (fault: string, options?: ErrorOptions): never => {
    throw new LatentkitError(
      'invalid-data',
      `${source} is not a usable safetensors file: ${fault}.`,
      options,
    );
  };
  if (bytes.length < 8) fail('it is shorter than a header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (8 + headerLength > bytes.length) fail('its header is cut short');
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
  } catch (cause) {
    fail('its header is not JSON', { cause });
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    fail('its header is not a JSON object');
  }
  const body = bytes.subarray(8 + headerLength);
  const tensors = new Map<string, Tensor>();
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header as Record<string, unknown>)) {
    if (name === '__metadata__') {
      if (!isStrings(entry)) return fail('its metadata are not strings by name');
      metadata = entry;
      continue;
    }
    const { dtype: type, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
    const dtype = BY_NAME.get(type as string);
    if (!dtype || !isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
      return fail(`its entry for ${name} is not a tensor of a known type`);
    }
    const [start, end] = offsets as [number, number];
    const { BYTES_PER_ELEMENT } = ARRAYS[dtype];
    if (end - start !== BYTES_PER_ELEMENT * sizeOf(shape)) {
      fail(`the offsets of ${name} do not match its shape`);
    }
    if (end > body.length) fail(`it is cut short: ${name} ends at ${end} of ${body.length} bytes`);
    // Copied, since the numbers may begin at any byte (and a Buffer's slice is no copy).
    const { buffer } = new Uint8Array(body.subarray(start, end));
    tensors.set(name, { dtype, dims: shape, data: new ARRAYS[dtype](buffer) } as Tensor);
  }
  return { tensors, metadata };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function isStrings(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((item) => typeof item === 'string')
  );
}
