import { DTYPE_CODES } from '../dtype.ts';
import { OnnxError } from '../errors.ts';
import type {
  Attribute,
  Dim,
  Graph,
  Model,
  Node,
  TensorData,
  ValueInfo,
  ValueType,
} from '../ir.ts';
import { checkTensorSize, elementCount } from '../tensor.ts';
import { encodeUtf8 } from '../text.ts';
import { checkWalkable } from '../walk.ts';
import { fromBigInt, onnx, type proto } from './proto.ts';

/** Protobuf's own bound on a message. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * The model as the bytes of an ONNX file. The same model gives the same bytes: values are raw and
 * little-endian, metadata and operator sets sorted by key, attributes by name.
 *
 * @throws OnnxError `malformed` where a tensor's bytes do not fit its shape, `limit` beyond 2 GiB or
 *   for bodies nested more than 100 deep
 */
export function writeModel(model: Model): Uint8Array {
  checkWalkable(model);
  let size = 0;
  const onTensor = (tensor: TensorData) => {
    size += tensor.raw.length;
    if (size > MAX_BYTES) {
      throw new OnnxError(
        'limit',
        'The model is larger than the 2 GiB that one ONNX file can hold. Save it with external data (saveModelFile).',
      );
    }
  };
  const message = onnx.ModelProto.create({
    irVersion: fromBigInt(model.irVersion),
    opsetImport: sorted(model.opsets).map(([domain, version]) => ({
      domain,
      version: fromBigInt(version),
    })),
    graph: encodeGraph(model.graph, onTensor),
    metadataProps: sorted(model.metadata).map(([key, value]) => ({ key, value })),
    ...text('producerName', model.producerName),
    ...text('producerVersion', model.producerVersion),
    ...text('domain', model.domain),
    ...text('docString', model.docString),
    ...(model.modelVersion === 0 ? {} : { modelVersion: fromBigInt(model.modelVersion) }),
  });
  const bytes = onnx.ModelProto.encode(message).finish();
  // In Node the writer gives a Buffer, which may lie in a pool: hand out a plain array.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

type OnTensor = (tensor: TensorData) => void;

/** By code unit, which no locale changes. */
function sorted<V>(map: ReadonlyMap<string, V>): [string, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** The field, unless it holds nothing. */
function text<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value ? ({ [key]: value } as { [P in K]?: string }) : {};
}

function encodeGraph(graph: Graph, onTensor: OnTensor): proto.IGraphProto {
  return {
    name: graph.name,
    node: graph.nodes.map((node) => encodeNode(node, onTensor)),
    initializer: [...graph.initializers].map(([name, tensor]) =>
      encodeTensor({ ...tensor, name }, onTensor),
    ),
    input: graph.inputs.map(encodeValueInfo),
    output: graph.outputs.map(encodeValueInfo),
    valueInfo: [...graph.valueInfo].map(([name, info]) => encodeValueInfo({ ...info, name })),
    ...text('docString', graph.docString),
  };
}

function encodeNode(node: Node, onTensor: OnTensor): proto.INodeProto {
  return {
    input: node.inputs,
    output: node.outputs,
    opType: node.opType,
    attribute: sorted(node.attributes).map(([name, value]) =>
      encodeAttribute(name, value, onTensor),
    ),
    ...text('name', node.name),
    ...text('domain', node.domain),
    ...text('docString', node.docString),
  };
}

function encodeAttribute(
  name: string,
  attribute: Attribute,
  onTensor: OnTensor,
): proto.IAttributeProto {
  const common = { name, ...text('docString', attribute.docString) };
  switch (attribute.type) {
    case 'float':
      return { ...common, type: 1, f: attribute.value };
    case 'int':
      return { ...common, type: 2, i: fromBigInt(attribute.value) };
    case 'string':
      return { ...common, type: 3, s: attribute.value };
    case 'tensor':
      return { ...common, type: 4, t: encodeTensor(attribute.value, onTensor) };
    case 'graph':
      return { ...common, type: 5, g: encodeGraph(attribute.value, onTensor) };
    case 'floats':
      return { ...common, type: 6, floats: attribute.value };
    case 'ints':
      return { ...common, type: 7, ints: attribute.value.map(fromBigInt) };
    case 'strings':
      return { ...common, type: 8, strings: attribute.value };
    case 'tensors':
      return {
        ...common,
        type: 9,
        tensors: attribute.value.map((tensor) => encodeTensor(tensor, onTensor)),
      };
    case 'graphs':
      return {
        ...common,
        type: 10,
        graphs: attribute.value.map((graph) => encodeGraph(graph, onTensor)),
      };
    case 'typeProto':
      return { ...common, type: 13 as number, tp: encodeType(attribute.value) };
  }
}

export function encodeTensor(
  tensor: TensorData,
  onTensor: OnTensor = () => {},
): proto.ITensorProto {
  elementCount(tensor.dims, `The tensor "${tensor.name}"`);
  const common: proto.ITensorProto = {
    dims: tensor.dims.map(fromBigInt),
    dataType: DTYPE_CODES[tensor.dtype],
    ...text('name', tensor.name),
    ...text('docString', tensor.docString),
  };
  if (tensor.external) {
    const { location, offset, length, checksum } = tensor.external;
    const entries = { location, offset: String(offset), length: String(length) };
    const external = Object.entries(checksum ? { ...entries, checksum } : entries);
    const externalData = external.map(([key, value]) => ({ key, value }));
    return { ...common, externalData, dataLocation: 1 };
  }
  checkTensorSize(tensor);
  onTensor(tensor);
  if (tensor.dtype === 'string') {
    return { ...common, stringData: (tensor.strings ?? []).map(encodeUtf8) };
  }
  return { ...common, rawData: tensor.raw };
}

function encodeValueInfo(info: ValueInfo): proto.IValueInfoProto {
  return {
    name: info.name,
    ...(info.type.kind === 'unknown' ? {} : { type: encodeType(info.type) }),
    ...text('docString', info.docString),
  };
}

function encodeType(type: ValueType): proto.ITypeProto {
  switch (type.kind) {
    case 'tensor':
      return {
        tensorType: {
          elemType: DTYPE_CODES[type.dtype],
          ...(type.shape ? { shape: { dim: type.shape.map(encodeDim) } } : {}),
        },
      };
    case 'sequence':
      return { sequenceType: type.element ? { elemType: encodeType(type.element) } : {} };
    case 'optional':
      return { optionalType: type.element ? { elemType: encodeType(type.element) } : {} };
    case 'map':
      return {
        mapType: {
          keyType: DTYPE_CODES[type.key],
          ...(type.value ? { valueType: encodeType(type.value) } : {}),
        },
      };
    case 'unknown':
      return {};
  }
}

function encodeDim(dim: Dim): proto.TensorShapeProto.IDimension {
  if (typeof dim === 'number') return { dimValue: fromBigInt(dim) };
  return dim === null ? {} : { dimParam: dim };
}
