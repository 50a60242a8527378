import { onnx, type proto } from '../wire/proto.ts';

/** The bytes of a model message, for files that writeModel would not write. */
export function modelBytes(message: proto.IModelProto): Uint8Array {
  return new Uint8Array(onnx.ModelProto.encode(message).finish());
}

/** y = Identity(w) over one initializer, as other tools may have written it. */
export function withInitializer(tensor: proto.ITensorProto): Uint8Array {
  const elemType = tensor.dataType ?? 1;
  const shape = { dim: (tensor.dims ?? []).map((dimValue) => ({ dimValue })) };
  return modelBytes({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'g',
      node: [{ opType: 'Identity', input: ['w'], output: ['y'] }],
      initializer: [{ name: 'w', ...tensor }],
      output: [{ name: 'y', type: { tensorType: { elemType, shape } } }],
    },
  });
}

/** One field of a message: its number, wire type 2, and the content. */
export function lengthDelimited(field: number, content: Uint8Array): Uint8Array {
  const head = Uint8Array.of(...varint(field * 8 + 2), ...varint(content.length));
  return join(head, content);
}

export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

export function join(...parts: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
