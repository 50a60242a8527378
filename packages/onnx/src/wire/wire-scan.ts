import { OnnxError } from '../errors.ts';
import { decodeUtf8 } from '../text.ts';
import { type Field, type FieldKind, MESSAGES } from './wire-schema.ts';

/** Nesting of messages that protobuf's own C++ reader allows. */
const MAX_DEPTH = 100;
/** 64-bit integers outside raw_data become one object each while decoding: about 1 GB at this count. */
const MAX_LONG_VARINTS = 1 << 24;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const WIRE_TYPES: Record<FieldKind, number> = {
  varint: VARINT,
  varints: VARINT,
  'long-varints': VARINT,
  float: FIXED32,
  floats: FIXED32,
  doubles: FIXED64,
  string: BYTES,
  strings: BYTES,
  bytes: BYTES,
  'bytes-list': BYTES,
};
const REPEATED: ReadonlySet<FieldKind> = new Set([
  'varints',
  'long-varints',
  'floats',
  'doubles',
  'strings',
  'bytes-list',
]);
const PACKABLE: ReadonlySet<FieldKind> = new Set(['varints', 'long-varints', 'floats', 'doubles']);

export interface ScanOptions {
  /** What to do with annotations that the in-memory form does not keep. */
  annotations: 'refuse' | 'drop';
}

/**
 * Walks the bytes once before they are decoded, allocating nothing but strings. Decoders skip fields
 * that they do not know, recurse as deep as the input says and take the last of repeated singular
 * fields; after this walk none of that can happen, and every length lies inside the input.
 *
 * @throws OnnxError `malformed`, `unsupported` or `limit`
 */
export function scanWire(bytes: Uint8Array, message: string, options: ScanOptions): void {
  new Scanner(bytes, options).message(message, 0, bytes.length, 1, message);
}

class Scanner {
  readonly #bytes: Uint8Array;
  readonly #options: ScanOptions;
  #position = 0;
  #longs = 0;

  constructor(bytes: Uint8Array, options: ScanOptions) {
    this.#bytes = bytes;
    this.#options = options;
  }

  message(name: string, start: number, end: number, depth: number, path: string): void {
    if (depth > MAX_DEPTH) {
      throw new OnnxError(
        'limit',
        `The model nests messages deeper than ${MAX_DEPTH} levels (at ${clip(path)}). Files that other tools can read do not.`,
      );
    }
    const fields = MESSAGES[name];
    if (!fields) throw new OnnxError('invalid-argument', `No wire schema for the message ${name}.`);
    const seen = new Set<number>();
    this.#position = start;
    while (this.#position < end) {
      const tag = this.#varint32(end, path);
      const number = tag >>> 3;
      const wireType = tag & 7;
      const field = fields[number];
      if (!field) throw unknownField(number, path);
      const fieldPath = `${path}.${field.name}`;
      if ('refused' in field) throw refusedField(fieldPath);
      if ('annotation' in field) {
        if (this.#options.annotations === 'refuse') throw annotationField(fieldPath);
        this.#skip(wireType, end, fieldPath);
        continue;
      }
      if (seen.has(number) && !isRepeated(field)) {
        throw malformed(fieldPath, 'appears twice, where one value is allowed');
      }
      seen.add(number);
      if ('message' in field) {
        if (wireType !== BYTES) throw malformed(fieldPath, `has wire type ${wireType}, expected 2`);
        const length = this.#length(end, fieldPath);
        const childEnd = this.#position + length;
        this.message(field.message, this.#position, childEnd, depth + 1, fieldPath);
        this.#position = childEnd;
      } else {
        this.#scalar(field.kind, wireType, end, fieldPath);
      }
    }
  }

  #scalar(kind: FieldKind, wireType: number, end: number, path: string): void {
    if (wireType === WIRE_TYPES[kind]) {
      if (kind === 'string' || kind === 'strings') this.#string(end, path);
      else this.#skip(wireType, end, path);
      if (kind === 'long-varints') this.#countLong(path);
      return;
    }
    if (wireType !== BYTES || !PACKABLE.has(kind)) {
      throw malformed(path, `has wire type ${wireType}, expected ${WIRE_TYPES[kind]}`);
    }
    const packedEnd = this.#length(end, path) + this.#position;
    const width = WIRE_TYPES[kind];
    if (width === VARINT) {
      while (this.#position < packedEnd) {
        this.#skip(VARINT, packedEnd, path);
        if (kind === 'long-varints') this.#countLong(path);
      }
    } else if ((packedEnd - this.#position) % (width === FIXED32 ? 4 : 8) !== 0) {
      throw malformed(path, 'holds a broken packed array: its length is no multiple of an element');
    }
    this.#position = packedEnd;
  }

  #string(end: number, path: string): void {
    const length = this.#length(end, path);
    const text = this.#bytes.subarray(this.#position, this.#position + length);
    if (decodeUtf8(text) === undefined) throw malformed(path, 'is not UTF-8 text');
    this.#position += length;
  }

  #countLong(path: string): void {
    this.#longs++;
    if (this.#longs > MAX_LONG_VARINTS) {
      throw new OnnxError(
        'limit',
        `The model keeps more than ${MAX_LONG_VARINTS} 64-bit integers outside raw_data (last at ${clip(path)}). Store large tensors as raw_data.`,
      );
    }
  }

  #skip(wireType: number, end: number, path: string): void {
    if (wireType === VARINT) {
      for (let i = 0; i < 10; i++) {
        if (this.#position >= end) throw malformed(path, 'is cut off');
        if ((this.#bytes[this.#position++] as number) < 0x80) return;
      }
      throw malformed(path, 'holds a varint longer than ten bytes');
    }
    let length: number;
    if (wireType === FIXED64) length = 8;
    else if (wireType === FIXED32) length = 4;
    else if (wireType === BYTES) length = this.#length(end, path);
    else throw malformed(path, `has wire type ${wireType}, which ONNX does not use`);
    if (this.#position + length > end) throw malformed(path, 'is cut off');
    this.#position += length;
  }

  #length(end: number, path: string): number {
    const length = this.#varint32(end, path);
    if (length > end - this.#position) {
      throw malformed(
        path,
        `says it is ${length} bytes long, but only ${end - this.#position} are left: the file is cut off or no ONNX model`,
      );
    }
    return length;
  }

  #varint32(end: number, path: string): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.#position >= end) throw malformed(path, 'is cut off');
      const byte = this.#bytes[this.#position++] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw malformed(path, 'holds a tag or length beyond 32 bits');
  }
}

function isRepeated(field: Exclude<Field, { refused: true } | { annotation: true }>): boolean {
  return 'message' in field ? field.repeated : REPEATED.has(field.kind);
}

/** Paths of nested graphs grow with their depth; an error message shows their end. */
function clip(path: string): string {
  return path.length > 120 ? `…${path.slice(-120)}` : path;
}

function malformed(path: string, what: string): OnnxError {
  return new OnnxError('malformed', `Not a readable ONNX model: ${clip(path)} ${what}.`);
}

function unknownField(number: number, path: string): OnnxError {
  return new OnnxError(
    'unsupported',
    `${clip(path)} has a field ${number} that this library does not know, and reading on would lose it. The file is from a newer ONNX, or no ONNX model.`,
  );
}

function refusedField(path: string): OnnxError {
  return new OnnxError(
    'unsupported',
    `The model uses ${clip(path)}, which this library does not hold. Make sparse tensors dense, and inline functions that have overloads or defaults, before reading.`,
  );
}

function annotationField(path: string): OnnxError {
  return new OnnxError(
    'unsupported',
    `The model has annotations at ${clip(path)} that this library does not keep. Read with { annotations: 'drop' } to go on without them.`,
  );
}
