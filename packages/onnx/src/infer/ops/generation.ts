import { attrInt, attrInts, attrTensor } from '../../attributes.ts';
import { dtypeFromCode } from '../../dtype.ts';
import type { ValueType } from '../../ir.ts';
import { Mismatch, unknownDims } from '../op/dims.ts';
import { type Family, type Inference, lengthOf, tensor } from '../op/op.ts';

const constant: Inference = ({ node }) => {
  for (const attribute of node.attributes.values()) {
    switch (attribute.type) {
      case 'tensor':
        return [tensor(attribute.value.dtype, attribute.value.dims)];
      case 'float':
        return [tensor('float32', [])];
      case 'int':
        return [tensor('int64', [])];
      case 'string':
        return [tensor('string', [])];
      case 'floats':
        return [tensor('float32', [attribute.value.length])];
      case 'ints':
        return [tensor('int64', [attribute.value.length])];
      case 'strings':
        return [tensor('string', [attribute.value.length])];
      default:
        throw new Mismatch('type-mismatch', `A Constant cannot be a ${attribute.type}.`);
    }
  }
  return [];
};

const constantOfShape: Inference = (op) => {
  const dtype = attrTensor(op.node, 'value')?.dtype ?? 'float32';
  const values = op.values(0);
  const length = lengthOf(op, 0);
  return [tensor(dtype, values ?? (length === undefined ? null : unknownDims(length)))];
};

const shape: Inference = (op) => {
  const x = op.shape(0);
  if (!x) return [tensor('int64', [null])];
  return [tensor('int64', [shapeRange(op.node, x.length).length])];
};

/** The axes whose sizes Shape gives: all, or from `start` up to `end` since version 15. */
export function shapeRange(node: Parameters<typeof attrInt>[0], rank: number): number[] {
  const axes = Array.from({ length: rank }, (_, i) => i);
  return axes.slice(attrInt(node, 'start', 0), attrInt(node, 'end', rank));
}

const random: Inference = (op) => {
  const dtype = dtypeFromCode(attrInt(op.node, 'dtype', 1));
  return [tensor(dtype, attrInts(op.node, 'shape') ?? null)];
};

const multinomial: Inference = (op) => {
  const [batch = null] = op.shape(0) ?? [];
  const dtype = dtypeFromCode(attrInt(op.node, 'dtype', 6));
  return [tensor(dtype, [batch, attrInt(op.node, 'sample_size', 1)])];
};

const window: Inference = (op) => {
  const size = op.values(0)?.[0] ?? null;
  return [tensor(dtypeFromCode(attrInt(op.node, 'output_datatype', 1)), [size])];
};

const sequenceOf = (element: ValueType | undefined): ValueType[] => [
  { kind: 'sequence', element: element ?? null },
];

/** The elements of a sequence differ in shape: only their type is kept. */
function anyShape(type: ValueType | undefined): ValueType | undefined {
  return type?.kind === 'tensor' ? { ...type, shape: null } : type;
}

const elementOf: Inference = (op) => {
  const type = op.type(0);
  return [type?.kind === 'sequence' ? anyShape(type.element ?? undefined) : undefined];
};

const optional: Inference = (op) => {
  const attribute = op.node.attributes.get('type');
  const element = op.type(0) ?? (attribute?.type === 'typeProto' ? attribute.value : null);
  return [{ kind: 'optional', element }];
};

const optionalElement: Inference = (op) => {
  const type = op.type(0);
  return [type?.kind === 'optional' ? (type.element ?? undefined) : type];
};

/** Operators that make values, and those on sequences and optionals. */
export const generation: Family = {
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Shape: shape,
  Size: () => [tensor('int64', [])],
  RandomNormal: random,
  RandomUniform: random,
  Multinomial: multinomial,
  HannWindow: window,
  HammingWindow: window,
  BlackmanWindow: window,
  SequenceConstruct: (op) => sequenceOf(anyShape(op.type(0))),
  SequenceEmpty: (op) => sequenceOf(tensor(dtypeFromCode(attrInt(op.node, 'dtype', 1)), null)),
  SequenceInsert: (op) => [op.type(0)],
  SequenceErase: (op) => [op.type(0)],
  SequenceAt: elementOf,
  SequenceLength: () => [tensor('int64', [])],
  SplitToSequence: (op) => sequenceOf(tensor(op.dtype(0), null)),
  ConcatFromSequence: elementOf,
  Optional: optional,
  OptionalGetElement: optionalElement,
  OptionalHasElement: () => [tensor('bool', [])],
};
