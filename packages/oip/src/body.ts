import { type DType, type NamedTensors, sizeOf, type Tensor } from '@latentkit/core';
import { ARRAYS } from '@latentkit/core/runtime';
import { datatypeOf, dtypeOf, type TensorMessage } from './protocol.ts';

/** Where the binary data begin in a body: whatever is read there in place is aligned. */
const ALIGNMENT = 8;

/** Dimensions that a shape has at the most. */
const MAX_RANK = 8;

export interface Body {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes of the JSON, with which the body begins. */
  readonly jsonLength: number;
}

/** Tensors as a message lists them, their data following the JSON. */
export function binaryMessages(tensors: NamedTensors): TensorMessage[] {
  return Object.entries(tensors).map(([name, { data, dims, dtype }]) => ({
    name,
    datatype: datatypeOf(dtype),
    shape: dims,
    parameters: { binary_data_size: data.byteLength },
  }));
}

/** The body of a message whose tensors' data follow its JSON, in the order in which it lists them. */
export function writeBody(message: object, tensors: readonly Tensor[]): Body {
  const json = new TextEncoder().encode(JSON.stringify(message));
  const jsonLength = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const size = tensors.reduce((sum, { data }) => sum + data.byteLength, jsonLength);
  const bytes = new Uint8Array(size);
  bytes.set(json);
  bytes.fill(0x20, json.length, jsonLength);
  let at = jsonLength;
  for (const { data } of tensors) {
    bytes.set(new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return { bytes, jsonLength };
}

/** Ends the reading of a message that is none: throws, with what is wrong in words. */
export type Fail = (fault: string) => never;

/** The JSON object at the start of a body, and what follows it. */
export function readBody(
  bytes: Uint8Array,
  jsonLength: string | null | undefined,
  fail: Fail,
): { readonly message: Readonly<Record<string, unknown>>; readonly binary: Uint8Array } {
  const length = jsonLength == null ? bytes.length : Number(jsonLength);
  if (!Number.isSafeInteger(length) || length < 0 || length > bytes.length) {
    fail(`its header says that ${jsonLength} of ${bytes.length} bytes are JSON`);
  }
  let message: unknown;
  try {
    message = JSON.parse(new TextDecoder().decode(bytes.subarray(0, length)));
  } catch {
    fail('it is not JSON');
  }
  if (!isObject(message)) return fail('it is not a JSON object');
  return { message, binary: bytes.subarray(length) };
}

/**
 * The tensors of a message: of data in its JSON, flat or nested, or of those that follow it, which are not copied
 * where they are aligned.
 *
 * @param where the name of the list, for faults: `inputs`
 */
export function readTensors(
  where: string,
  list: unknown,
  binary: Uint8Array,
  fail: Fail,
): NamedTensors {
  if (!Array.isArray(list)) return fail(`${where} is not a list`);
  const tensors = new Map<string, Tensor>();
  let at = 0;
  for (const [i, entry] of (list as readonly unknown[]).entries()) {
    const place = `${where}[${i}]`;
    if (!isObject(entry)) return fail(`${place} is not an object`);
    const { name, datatype, shape, parameters, data } = entry;
    if (typeof name !== 'string' || name === '') return fail(`${place} has no name`);
    if (tensors.has(name)) return fail(`${where} has '${name}' twice`);
    const dtype = dtypeOf(datatype);
    if (!dtype) return fail(`'${name}' is of the datatype ${quote(datatype)}, which is not known`);
    if (!isShape(shape)) return fail(`'${name}' has the shape ${quote(shape)}`);
    const failThis: Fail = (fault) => fail(`'${name}' ${fault}`);
    const size = isObject(parameters) ? parameters['binary_data_size'] : undefined;
    const count = sizeOf(shape);
    if (size === undefined) {
      const values = valuesOf(dtype, data, shape, failThis);
      tensors.set(name, { data: values, dims: shape, dtype } as Tensor);
      continue;
    }
    if (data !== undefined) failThis('has data in the JSON and behind it');
    const expected = count * ARRAYS[dtype].BYTES_PER_ELEMENT;
    if (size !== expected) {
      failThis(`of ${datatype} [${shape.join(', ')}] has ${expected} bytes, not ${quote(size)}`);
    }
    const part = binary.subarray(at, at + expected);
    if (part.length !== expected) failThis(`is cut short: ${part.length} of ${expected} bytes`);
    at += expected;
    tensors.set(name, { data: arrayOf(dtype, part), dims: shape, dtype } as Tensor);
  }
  if (at !== binary.length) fail(`${binary.length - at} bytes follow its tensors`);
  return Object.fromEntries(tensors);
}

function arrayOf(dtype: DType, bytes: Uint8Array): Tensor['data'] {
  const Elements = ARRAYS[dtype];
  const width = Elements.BYTES_PER_ELEMENT;
  const { buffer, byteOffset } = bytes.byteOffset % width === 0 ? bytes : Uint8Array.from(bytes);
  return new Elements(buffer as ArrayBuffer, byteOffset, bytes.length / width);
}

/** Numbers of a JSON list, flat or nested as the shape is, each of which the dtype can hold. */
function valuesOf(
  dtype: DType,
  data: unknown,
  shape: readonly number[],
  fail: Fail,
): Tensor['data'] {
  if (!Array.isArray(data)) return fail('has no data');
  if (dtype === 'float16') return fail('is of FP16, which JSON has no form for: send it as binary');
  const count = sizeOf(shape);
  const flat = data.some(Array.isArray) ? unnested(data, shape, fail) : (data as unknown[]);
  if (flat.length !== count) return fail(`has ${flat.length} elements, not ${count} by its shape`);
  const values = new ARRAYS[dtype](
    new ArrayBuffer(count * ARRAYS[dtype].BYTES_PER_ELEMENT),
    0,
    count,
  );
  const isWide = dtype === 'int64' || dtype === 'uint64';
  const isFloat = dtype === 'float32' || dtype === 'float64';
  for (const [i, value] of flat.entries()) {
    const isBool = dtype === 'bool' && typeof value === 'boolean';
    if (!isBool && (typeof value !== 'number' || !(isFloat || Number.isSafeInteger(value)))) {
      return fail(`has ${quote(value)} as its element ${i}`);
    }
    (values as Float32Array)[i] = (isWide ? BigInt(value as number) : Number(value)) as number;
    const held = Number(values[i]);
    const most = dtype === 'bool' ? 1 : Number.POSITIVE_INFINITY;
    if (isFloat ? !Number.isFinite(held) : held !== Number(value) || held > most) {
      return fail(`has ${quote(value)} as its element ${i}, beyond its datatype`);
    }
  }
  return values;
}

/** The elements of lists in lists, in which each level has as many as the shape says. */
function unnested(data: readonly unknown[], shape: readonly number[], fail: Fail): unknown[] {
  let level: readonly unknown[] = [data];
  for (const [axis, size] of shape.entries()) {
    for (const list of level) {
      if (Array.isArray(list) && list.length === size) continue;
      const found = Array.isArray(list) ? `a list of ${list.length}` : quote(list);
      fail(
        `is nested otherwise than its shape [${shape.join(', ')}]: ${found}, not a list of ${size}, at depth ${axis}`,
      );
    }
    level = level.flat();
  }
  return level as unknown[];
}

function isShape(shape: unknown): shape is number[] {
  return (
    Array.isArray(shape) &&
    shape.length <= MAX_RANK &&
    shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0) &&
    shape.reduce((size, dim) => size * dim, 1) < 2 ** 31
  );
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value of a message for people, of a bearable length. */
function quote(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? 'nothing').slice(0, 60);
  } catch {
    // A RangeError: each level is a call.
    return 'lists in lists, too deep';
  }
}
