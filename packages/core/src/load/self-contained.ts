import { LatentkitError } from '../errors/index.ts';

/**
 * Refuses a model that says more than its own bytes hold: weights in other files, which no checksum of
 * the card covers and which a runtime would look for wherever the model says; and graphs compiled for
 * one device, which a runtime hands to the device's driver unread.
 *
 * Walks the protobuf wire format (field numbers of onnx.proto) as protobuf's own readers do, and is
 * stricter than they are: whatever it cannot read to the end, or reads otherwise than a runtime might,
 * is refused. No exporter writes such bytes.
 *
 * @param file its name, for messages
 * @throws LatentkitError `integrity` for what lies outside, `invalid-data` for what is no ONNX model
 */
export function checkSelfContained(model: Uint8Array, file: string): void {
  try {
    // ONNX Runtime's own format is recognised by these letters, and read without protobuf.
    if (ascii(model, 4, 8) === 'ORTM') throw new Refusal('it is in the format of ONNX Runtime', 4);
    walk({ bytes: model, at: 0 }, model.length, 'model', 0);
  } catch (error) {
    if (error instanceof Outside) {
      throw new LatentkitError('integrity', `${file} ${error.message}`);
    }
    if (error instanceof Refusal) {
      throw new LatentkitError(
        'invalid-data',
        `${file} cannot be read as an ONNX model: ${error.message} (at byte ${error.at} of ${model.length}). Export the model again.`,
      );
    }
    throw error;
  }
}

/** What a model refers to lies outside its bytes. */
class Outside extends Error {}

/** These bytes are no ONNX model, or none that is read the same everywhere. */
class Refusal extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

type Message =
  | 'model'
  | 'training'
  | 'function'
  | 'graph'
  | 'node'
  | 'attribute'
  | 'sparse'
  | 'tensor';

/** The fields of each message that lead to tensors, by number. */
const FIELDS: Readonly<Record<Message, Readonly<Record<number, Message>>>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: {},
};

/** NodeProto.op_type, and the operator that holds, or names the file of, a compiled graph. */
const OP_TYPE = 4;
const COMPILED = 'EPContext';

/** TensorProto.data_location: 0 is inside, 1 is outside, and nothing else is defined. */
const DATA_LOCATION = 14;

/** Messages within messages; protobuf's own readers give up beyond this depth. */
const MAX_DEPTH = 100;

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

function walk(cursor: Cursor, end: number, message: Message, depth: number): void {
  if (depth > MAX_DEPTH) throw new Refusal(`it is nested deeper than ${MAX_DEPTH}`, cursor.at);
  const { bytes } = cursor;
  while (cursor.at < end) {
    const start = cursor.at;
    // Of a tag readers keep 32 bits, and refuse one of more than five bytes.
    const tag = readVarint(cursor, end, 5).low;
    const field = tag >>> 3;
    const wireType = tag & 7;
    if (field === 0) throw new Refusal('a field has no number', start);
    const isLocation = message === 'tensor' && field === DATA_LOCATION;
    if (isLocation && wireType !== 0) throw new Refusal('data_location is no number', start);
    switch (wireType) {
      case 0: {
        const { low, high } = readVarint(cursor, end, 10);
        if (isLocation && (low !== 0 || high !== 0)) {
          throw new Outside(
            'keeps weights in another file, which the card does not vouch for. Export the model with its weights inside.',
          );
        }
        break;
      }
      case 1:
        skip(cursor, 8, end);
        break;
      case 2: {
        const length = readVarint(cursor, end, 5);
        const from = cursor.at;
        skip(cursor, length.high === 0 ? length.low : Number.POSITIVE_INFINITY, end);
        const inner = FIELDS[message][field];
        if (inner) walk({ bytes, at: from }, cursor.at, inner, depth + 1);
        if (message === 'node' && field === OP_TYPE) checkOperator(bytes, from, cursor.at);
        break;
      }
      case 5:
        skip(cursor, 4, end);
        break;
      default:
        // Groups (3 and 4) are protobuf's, but no part of ONNX.
        throw new Refusal(`a field has the wire type ${wireType}`, start);
    }
  }
}

/** A varint as its low 32 bits and whatever is above them. */
function readVarint(
  cursor: Cursor,
  end: number,
  longest: number,
): { readonly low: number; readonly high: number } {
  const start = cursor.at;
  let low = 0;
  let high = 0;
  for (let index = 0; index < longest; index++) {
    if (cursor.at >= end) throw new Refusal('it ends within a number', start);
    const byte = cursor.bytes[cursor.at++] as number;
    const bits = byte & 0x7f;
    if (index < 4) low |= bits << (7 * index);
    else if (index === 4) {
      low |= bits << 28;
      high |= bits >>> 4;
    } else high |= bits;
    if (byte < 0x80) return { low: low >>> 0, high };
  }
  throw new Refusal(`a number is longer than ${longest} bytes`, start);
}

function skip(cursor: Cursor, length: number, end: number): void {
  if (length > end - cursor.at) throw new Refusal('a field is longer than what is left', cursor.at);
  cursor.at += length;
}

function checkOperator(bytes: Uint8Array, start: number, end: number): void {
  if (ascii(bytes, start, end) === COMPILED) {
    throw new Outside(
      `holds a graph compiled for one device (${COMPILED}), which cannot be checked. Export the model as plain ONNX.`,
    );
  }
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 16)));
}
