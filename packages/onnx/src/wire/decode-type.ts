import { OnnxError } from '../errors.ts';
import type { Dim, ValueInfo, ValueType } from '../ir.ts';
import { decodeDType, decodeSize } from './decode-tensor.ts';
import type { proto } from './proto.ts';

export function decodeValueInfo(message: proto.IValueInfoProto): ValueInfo {
  const name = message.name ?? '';
  return {
    name,
    type: message.type ? decodeType(message.type, `"${name}"`) : { kind: 'unknown' },
    docString: message.docString ?? '',
  };
}

/** @throws OnnxError `malformed` where a type says nothing or two things */
export function decodeType(message: proto.ITypeProto, where: string): ValueType {
  const { tensorType, sequenceType, optionalType, mapType } = message;
  const given = [tensorType, sequenceType, optionalType, mapType].filter(Boolean).length;
  if (given > 1)
    throw new OnnxError('malformed', `The type of ${where} is several things at once.`);
  if (tensorType) {
    if (!tensorType.elemType && !tensorType.shape) return { kind: 'unknown' };
    return {
      kind: 'tensor',
      dtype: decodeDType(tensorType.elemType ?? 0, where),
      shape: tensorType.shape
        ? (tensorType.shape.dim ?? []).map((dim) => decodeDim(dim, where))
        : null,
    };
  }
  if (sequenceType)
    return { kind: 'sequence', element: decodeElement(sequenceType.elemType, where) };
  if (optionalType)
    return { kind: 'optional', element: decodeElement(optionalType.elemType, where) };
  if (mapType) {
    return {
      kind: 'map',
      key: decodeDType(mapType.keyType ?? 0, where),
      value: decodeElement(mapType.valueType, where),
    };
  }
  return { kind: 'unknown' };
}

function decodeElement(
  message: proto.ITypeProto | null | undefined,
  where: string,
): ValueType | null {
  if (!message) return null;
  const type = decodeType(message, where);
  return type.kind === 'unknown' ? null : type;
}

function decodeDim(message: proto.TensorShapeProto.IDimension, where: string): Dim {
  // Presence matters: a size of 0 is a size, an absent one is not.
  const has = (key: 'dimValue' | 'dimParam') => Object.hasOwn(message, key);
  if (has('dimValue') && has('dimParam')) {
    throw new OnnxError('malformed', `A dimension of ${where} has both a size and a name.`);
  }
  if (has('dimValue') && message.dimValue !== null && message.dimValue !== undefined) {
    return decodeSize(message.dimValue, where);
  }
  return message.dimParam || null;
}
