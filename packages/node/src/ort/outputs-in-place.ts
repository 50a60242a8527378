import type { InferenceSession } from 'onnxruntime-node';

/**
 * onnxruntime-node writes into the tensors that a run is given for its outputs, and then copies each of them into a new
 * array nobody asked for: memory that is set to zero, filled, and collected again, a fifth of the time of a training step of
 * 784-400-20. It makes its copies in the order of the outputs, and ends at the first that has no form in JavaScript. So a
 * graph begins with such an output, an empty sequence, and a run that asks for it has written all others and copied none.
 */
const SEQUENCE = 'outputs are written';

/** What onnxruntime-node says when it comes to a sequence. */
const ENDED = 'Non tensor type is temporarily not supported.';

/** @returns the model with an empty sequence for its first output */
export function withSequenceFirst(model: Uint8Array): Uint8Array {
  // Two messages of protobuf, one behind the other, are one: lists of the first come first.
  return Buffer.concat([SEQUENCE_FIRST, model]);
}

/** Runs a graph of {@link withSequenceFirst} that writes its outputs into the targets. */
export async function runInPlace(
  session: InferenceSession,
  feeds: InferenceSession.OnnxValueMapType,
  targets: InferenceSession.OnnxValueMapType,
): Promise<void> {
  try {
    await session.run(feeds, { ...targets, [SEQUENCE]: null });
  } catch (error) {
    if ((error as Error).message !== ENDED) throw error;
  }
}

/** A field of protobuf that holds bytes, 127 of them at most. */
const field = (number: number, ...bytes: number[]) => [(number << 3) | 2, bytes.length, ...bytes];
const text = (characters: string) => [...Buffer.from(characters)];

const FLOAT_TENSOR = field(1, 1 << 3, 1);
const SEQUENCE_TYPE = field(4, ...field(1, ...FLOAT_TENSOR));
const NODE = [...field(2, ...text(SEQUENCE)), ...field(4, ...text('SequenceEmpty'))];
const OUTPUT = [...field(1, ...text(SEQUENCE)), ...field(2, ...SEQUENCE_TYPE)];
/** A ModelProto with nothing but a graph of one node and its output. */
const SEQUENCE_FIRST = Uint8Array.from(field(7, ...field(1, ...NODE), ...field(12, ...OUTPUT)));
