/**
 * Whether an ONNX model keeps weights outside its own bytes. Such weights are covered by no checksum
 * of the card, and a runtime would look for them wherever the model says, so models that do are
 * refused before a runtime sees them.
 *
 * Walks the protobuf wire format (field numbers of onnx.proto) to every tensor; bytes that are no
 * valid model come out as false, for the runtime to refuse.
 */
export function hasExternalData(model: Uint8Array): boolean {
  return anyTensorOutside(model, 0, model.length, 'model', 0);
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

/** TensorProto.data_location, and its value EXTERNAL. */
const DATA_LOCATION = 14;
const EXTERNAL = 1;

/** Graphs within graphs; protobuf's own readers give up at this depth too. */
const MAX_DEPTH = 100;

function anyTensorOutside(
  bytes: Uint8Array,
  start: number,
  end: number,
  message: Message,
  depth: number,
): boolean {
  if (depth > MAX_DEPTH) return false;
  let at = start;
  /** A varint; only its low 32 bits matter here, and a length that needs more is past the end. */
  const varint = () => {
    let value = 0;
    for (let shift = 0; at < end; shift += 7) {
      const byte = bytes[at++] as number;
      if (shift < 35) value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  while (at < end) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0: {
        const value = varint();
        if (message === 'tensor' && field === DATA_LOCATION && value === EXTERNAL) return true;
        break;
      }
      case 1:
        at += 8;
        break;
      case 2: {
        const length = varint();
        const inner = FIELDS[message][field];
        if (!(at + length <= end)) return false;
        if (inner && anyTensorOutside(bytes, at, at + length, inner, depth + 1)) return true;
        at += length;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        return false;
    }
  }
  return false;
}
