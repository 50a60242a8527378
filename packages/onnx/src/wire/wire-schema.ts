/**
 * ONNX's messages as far as their wire form goes: field numbers and kinds, by message. Facts from
 * `onnx/onnx.proto`, including fields that came after the bundled message classes (ONNX 1.10).
 */
export type FieldKind =
  | 'varint'
  | 'varints'
  | 'long-varints'
  | 'float'
  | 'floats'
  | 'doubles'
  | 'string'
  | 'strings'
  | 'bytes'
  | 'bytes-list';

export type Field =
  | { name: string; kind: FieldKind }
  | { name: string; message: string; repeated: boolean }
  /** Holds meaning that the in-memory form cannot keep. */
  | { name: string; refused: true }
  /** A note that inference does not read; may be dropped when the caller says so. */
  | { name: string; annotation: true };

const scalar = (name: string, kind: FieldKind): Field => ({ name, kind });
const one = (name: string, message: string): Field => ({ name, message, repeated: false });
const many = (name: string, message: string): Field => ({ name, message, repeated: true });
const refused = (name: string): Field => ({ name, refused: true });
const annotation = (name: string): Field => ({ name, annotation: true });

export const MESSAGES: Readonly<Record<string, Readonly<Record<number, Field>>>> = {
  ModelProto: {
    1: scalar('ir_version', 'varint'),
    2: scalar('producer_name', 'string'),
    3: scalar('producer_version', 'string'),
    4: scalar('domain', 'string'),
    5: scalar('model_version', 'varint'),
    6: scalar('doc_string', 'string'),
    7: one('graph', 'GraphProto'),
    8: many('opset_import', 'OperatorSetIdProto'),
    14: many('metadata_props', 'StringStringEntryProto'),
    20: refused('training_info'),
    25: many('functions', 'FunctionProto'),
    26: annotation('configuration'),
  },
  FunctionProto: {
    1: scalar('name', 'string'),
    4: scalar('input', 'strings'),
    5: scalar('output', 'strings'),
    6: scalar('attribute', 'strings'),
    7: many('node', 'NodeProto'),
    8: scalar('doc_string', 'string'),
    9: many('opset_import', 'OperatorSetIdProto'),
    10: scalar('domain', 'string'),
    11: refused('attribute_proto'),
    12: annotation('value_info'),
    13: refused('overload'),
    14: annotation('metadata_props'),
  },
  OperatorSetIdProto: { 1: scalar('domain', 'string'), 2: scalar('version', 'varint') },
  StringStringEntryProto: { 1: scalar('key', 'string'), 2: scalar('value', 'string') },
  GraphProto: {
    1: many('node', 'NodeProto'),
    2: scalar('name', 'string'),
    5: many('initializer', 'TensorProto'),
    10: scalar('doc_string', 'string'),
    11: many('input', 'ValueInfoProto'),
    12: many('output', 'ValueInfoProto'),
    13: many('value_info', 'ValueInfoProto'),
    14: annotation('quantization_annotation'),
    15: refused('sparse_initializer'),
    16: annotation('metadata_props'),
  },
  NodeProto: {
    1: scalar('input', 'strings'),
    2: scalar('output', 'strings'),
    3: scalar('name', 'string'),
    4: scalar('op_type', 'string'),
    5: many('attribute', 'AttributeProto'),
    6: scalar('doc_string', 'string'),
    7: scalar('domain', 'string'),
    8: refused('overload'),
    9: annotation('metadata_props'),
    10: annotation('device_configurations'),
  },
  AttributeProto: {
    1: scalar('name', 'string'),
    2: scalar('f', 'float'),
    3: scalar('i', 'varint'),
    4: scalar('s', 'bytes'),
    5: one('t', 'TensorProto'),
    6: one('g', 'GraphProto'),
    7: scalar('floats', 'floats'),
    8: scalar('ints', 'long-varints'),
    9: scalar('strings', 'bytes-list'),
    10: many('tensors', 'TensorProto'),
    11: many('graphs', 'GraphProto'),
    13: scalar('doc_string', 'string'),
    14: one('tp', 'TypeProto'),
    15: refused('type_protos'),
    20: scalar('type', 'varint'),
    21: scalar('ref_attr_name', 'string'),
    22: refused('sparse_tensor'),
    23: refused('sparse_tensors'),
  },
  TensorProto: {
    1: scalar('dims', 'long-varints'),
    2: scalar('data_type', 'varint'),
    3: refused('segment'),
    4: scalar('float_data', 'floats'),
    5: scalar('int32_data', 'varints'),
    6: scalar('string_data', 'bytes-list'),
    7: scalar('int64_data', 'long-varints'),
    8: scalar('name', 'string'),
    9: scalar('raw_data', 'bytes'),
    10: scalar('double_data', 'doubles'),
    11: scalar('uint64_data', 'long-varints'),
    12: scalar('doc_string', 'string'),
    13: many('external_data', 'StringStringEntryProto'),
    14: scalar('data_location', 'varint'),
    16: annotation('metadata_props'),
  },
  ValueInfoProto: {
    1: scalar('name', 'string'),
    2: one('type', 'TypeProto'),
    3: scalar('doc_string', 'string'),
    4: annotation('metadata_props'),
  },
  TypeProto: {
    1: one('tensor_type', 'TypeProto.Tensor'),
    4: one('sequence_type', 'TypeProto.Sequence'),
    5: one('map_type', 'TypeProto.Map'),
    6: annotation('denotation'),
    7: refused('opaque_type'),
    8: refused('sparse_tensor_type'),
    9: one('optional_type', 'TypeProto.Optional'),
  },
  'TypeProto.Tensor': { 1: scalar('elem_type', 'varint'), 2: one('shape', 'TensorShapeProto') },
  'TypeProto.Sequence': { 1: one('elem_type', 'TypeProto') },
  'TypeProto.Optional': { 1: one('elem_type', 'TypeProto') },
  'TypeProto.Map': { 1: scalar('key_type', 'varint'), 2: one('value_type', 'TypeProto') },
  TensorShapeProto: { 1: many('dim', 'TensorShapeProto.Dimension') },
  'TensorShapeProto.Dimension': {
    1: scalar('dim_value', 'varint'),
    2: scalar('dim_param', 'string'),
    3: annotation('denotation'),
  },
};
