import { byteLength, type DType, dtypeFromCode, isPacked } from '../dtype.ts';
import { OnnxError } from '../errors.ts';
import type { ExternalLocation, TensorData } from '../ir.ts';
import { checkTensorSize, elementCount, INTEGER_RANGES, tensorFromArray } from '../tensor.ts';
import { decodeUtf8 } from '../text.ts';
import { type ProtoInt, type proto, toBigInt } from './proto.ts';

const EXTERNAL = 1;

/** Fields that may hold the elements, with the dtypes that each is for (`onnx.proto`, TensorProto). */
const TYPED_FIELDS = {
  floatData: ['float32', 'complex64'],
  int32Data: [
    'int32',
    'int16',
    'int8',
    'uint16',
    'uint8',
    'bool',
    'float16',
    'bfloat16',
    'float8e4m3fn',
    'float8e4m3fnuz',
    'float8e5m2',
    'float8e5m2fnuz',
    'float8e8m0',
    'uint4',
    'int4',
    'float4e2m1',
    'uint2',
    'int2',
  ],
  int64Data: ['int64'],
  doubleData: ['float64', 'complex128'],
  uint64Data: ['uint64', 'uint32'],
} as const satisfies Record<string, readonly DType[]>;

/**
 * A tensor from its message: whichever field holds the elements, `raw` has them little-endian
 * afterwards. `what` names the tensor in errors.
 *
 * @throws OnnxError `malformed` or `unsupported`
 */
export function decodeTensor(message: proto.ITensorProto, what: string): TensorData {
  const name = message.name ?? '';
  const where = name ? `The tensor "${name}"` : `The tensor of ${what}`;
  const dtype = decodeDType(message.dataType ?? 0, where);
  const dims = (message.dims ?? []).map((dim) => decodeSize(dim, where));
  const count = elementCount(dims, where);
  const tensor: TensorData = { name, dtype, dims, raw: new Uint8Array(0) };
  if (message.docString) tensor.docString = message.docString;

  if (message.dataLocation === EXTERNAL) {
    refuseInlineData(message, where);
    tensor.external = decodeExternal(message.externalData ?? [], dtype, count, where);
    return tensor;
  }
  if (message.dataLocation) {
    throw new OnnxError('malformed', `${where} has the data location ${message.dataLocation}.`);
  }
  if (message.externalData?.length) {
    throw new OnnxError('malformed', `${where} names external data, but its location is inline.`);
  }
  decodeElements(message, tensor, where);
  checkTensorSize(tensor);
  return tensor;
}

function decodeElements(message: proto.ITensorProto, tensor: TensorData, where: string): void {
  const used = usedFields(message);
  if (used.length > 1) {
    throw new OnnxError(
      'malformed',
      `${where} keeps values in several places: ${used.join(', ')}.`,
    );
  }
  const [field] = used;
  if (tensor.dtype === 'string') {
    if (field && field !== 'stringData') throw wrongField(where, 'string', field);
    tensor.strings = (message.stringData ?? []).map((bytes) => {
      const text = decodeUtf8(bytes);
      if (text !== undefined) return text;
      throw new OnnxError('unsupported', `${where} has a string that is not UTF-8 text.`);
    });
    return;
  }
  if (field === undefined) return;
  if (field === 'rawData') {
    tensor.raw = message.rawData as Uint8Array;
    return;
  }
  if (field === 'stringData') throw wrongField(where, tensor.dtype, field);
  const allowed: readonly DType[] = TYPED_FIELDS[field];
  if (!allowed.includes(tensor.dtype)) throw wrongField(where, tensor.dtype, field);
  const values: readonly ProtoInt[] = message[field] ?? [];
  const range = INTEGER_RANGES[tensor.dtype];
  const wide = field === 'int64Data' || field === 'uint64Data';
  const numbers = values.map((value) => {
    const signed = wide ? toBigInt(value) : (value as number);
    const exact = field === 'uint64Data' ? BigInt.asUintN(64, signed as bigint) : signed;
    if (range && (exact < range[0] || exact > range[1])) {
      throw new OnnxError('malformed', `${where} (${tensor.dtype}) holds ${exact}, out of range.`);
    }
    return exact;
  });
  // One dimension of what is there: checkTensorSize compares it with the shape afterwards.
  const perElement = tensor.dtype.startsWith('complex') ? 2 : 1;
  if (numbers.length % perElement !== 0) {
    throw new OnnxError('malformed', `${where} has a real part without its imaginary part.`);
  }
  const flat = [numbers.length / perElement];
  // Entries of packed types are their bytes.
  const dtype = isPacked(tensor.dtype) ? 'uint8' : tensor.dtype;
  tensor.raw = tensorFromArray(tensor.name, dtype, numbers as never, flat).raw;
}

type DataField = keyof typeof TYPED_FIELDS | 'rawData' | 'stringData';

function usedFields(message: proto.ITensorProto): DataField[] {
  const fields = [...(Object.keys(TYPED_FIELDS) as DataField[]), 'stringData', 'rawData'] as const;
  return fields.filter((field) => (message[field]?.length ?? 0) > 0);
}

function wrongField(where: string, dtype: DType, field: string): OnnxError {
  return new OnnxError(
    'malformed',
    `${where} is of type ${dtype}, but its values are in ${field}.`,
  );
}

function refuseInlineData(message: proto.ITensorProto, where: string): void {
  const used = usedFields(message);
  if (used.length > 0) {
    throw new OnnxError('malformed', `${where} is external, yet has values in ${used.join(', ')}.`);
  }
}

function decodeExternal(
  entries: readonly proto.IStringStringEntryProto[],
  dtype: DType,
  count: number,
  where: string,
): ExternalLocation {
  const expected = byteLength(dtype, count);
  if (expected === undefined) {
    throw new OnnxError('malformed', `${where} holds strings, which cannot be external.`);
  }
  const found = new Map<string, string>();
  for (const { key, value } of entries) {
    if (found.has(key ?? '')) {
      throw new OnnxError('duplicate', `${where} has the external data key "${key}" twice.`);
    }
    found.set(key ?? '', value ?? '');
  }
  const integer = (key: string, fallback: number): number => {
    const text = found.get(key);
    if (text === undefined) return fallback;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value)) return value;
    throw new OnnxError('malformed', `${where} has the external data ${key} "${text}".`);
  };
  const location = found.get('location');
  if (!location) throw new OnnxError('malformed', `${where} is external without a location.`);
  const external: ExternalLocation = {
    location,
    offset: integer('offset', 0),
    length: integer('length', expected),
  };
  if (external.length !== expected) {
    throw new OnnxError(
      'malformed',
      `${where} needs ${expected} bytes, its external data says ${external.length}.`,
    );
  }
  const checksum = found.get('checksum');
  if (checksum) external.checksum = checksum;
  for (const key of found.keys()) {
    if (!['location', 'offset', 'length', 'checksum'].includes(key)) {
      throw new OnnxError('unsupported', `${where} has the unknown external data key "${key}".`);
    }
  }
  return external;
}

/** A dtype from its number. @throws OnnxError `malformed` for 0, `unsupported` for one not known here */
export function decodeDType(code: number, where: string): DType {
  const dtype = dtypeFromCode(code);
  if (dtype) return dtype;
  if (code === 0) throw new OnnxError('malformed', `${where} has no element type.`);
  throw new OnnxError(
    'unsupported',
    `${where} has the element type ${code}; this library knows 1 to 26.`,
  );
}

/** A size or dimension as a number. @throws OnnxError `malformed` beyond 2^53 */
export function decodeSize(value: ProtoInt, where: string): number {
  const exact = toBigInt(value);
  const size = Number(exact);
  if (Number.isSafeInteger(size)) return size;
  throw new OnnxError('malformed', `${where} has the dimension ${exact}.`);
}
