import { OnnxError } from '../errors.ts';
import type { Attribute, AttributeValue, Graph, Node, ValueInfo } from '../ir.ts';
import { decodeTensor } from './decode-tensor.ts';
import { decodeType, decodeValueInfo } from './decode-type.ts';
import { type proto, toBigInt } from './proto.ts';

/** Told of entries that share a name where the maps of the in-memory form keep one. */
export type OnDuplicate = (what: string, name: string) => void;

export function decodeGraph(message: proto.IGraphProto, onDuplicate: OnDuplicate): Graph {
  const graph: Graph = {
    name: message.name ?? '',
    docString: message.docString ?? '',
    inputs: (message.input ?? []).map(decodeValueInfo),
    outputs: (message.output ?? []).map(decodeValueInfo),
    valueInfo: new Map(),
    initializers: new Map(),
    nodes: [],
  };
  const where = `graph "${graph.name}"`;
  for (const info of (message.valueInfo ?? []).map(decodeValueInfo)) {
    const earlier = graph.valueInfo.get(info.name);
    // Exporters do repeat value_info; saying the same thing twice loses nothing.
    if (earlier && !sameInfo(earlier, info)) onDuplicate(`value_info of ${where}`, info.name);
    graph.valueInfo.set(info.name, info);
  }
  for (const [index, tensor] of (message.initializer ?? []).entries()) {
    const initializer = decodeTensor(tensor, `initializer ${index}`);
    if (graph.initializers.has(initializer.name)) {
      onDuplicate(`initializer of ${where}`, initializer.name);
    }
    graph.initializers.set(initializer.name, initializer);
  }
  for (const [index, node] of (message.node ?? []).entries()) {
    graph.nodes.push(decodeNode(node, index, onDuplicate));
  }
  return graph;
}

function sameInfo(a: ValueInfo, b: ValueInfo): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function decodeNode(message: proto.INodeProto, index: number, onDuplicate: OnDuplicate): Node {
  const node: Node = {
    name: message.name ?? '',
    opType: message.opType ?? '',
    domain: normalDomain(message.domain),
    inputs: [...(message.input ?? [])],
    outputs: [...(message.output ?? [])],
    attributes: new Map(),
    docString: message.docString ?? '',
  };
  const where = `node ${index} (${node.opType}${node.name ? ` "${node.name}"` : ''})`;
  for (const attribute of message.attribute ?? []) {
    const name = attribute.name ?? '';
    if (node.attributes.has(name)) onDuplicate(`attribute of ${where}`, name);
    const value = decodeAttribute(attribute, `attribute "${name}" of ${where}`, onDuplicate);
    node.attributes.set(name, value);
  }
  return node;
}

/** `ai.onnx` is another spelling of ONNX's own domain, the empty string. */
export function normalDomain(domain: string | null | undefined): string {
  return !domain || domain === 'ai.onnx' ? '' : domain;
}

const VALUE_FIELDS = [
  'f',
  'i',
  's',
  't',
  'g',
  'floats',
  'ints',
  'strings',
  'tensors',
  'graphs',
  'tp',
] as const;
type ValueField = (typeof VALUE_FIELDS)[number];

/** `AttributeProto.AttributeType` by number. */
const FIELD_OF_TYPE: Readonly<Record<number, ValueField>> = {
  1: 'f',
  2: 'i',
  3: 's',
  4: 't',
  5: 'g',
  6: 'floats',
  7: 'ints',
  8: 'strings',
  9: 'tensors',
  10: 'graphs',
  13: 'tp',
};

function decodeAttribute(
  message: proto.IAttributeProto,
  where: string,
  onDuplicate: OnDuplicate,
): Attribute {
  if (message.refAttrName) {
    throw new OnnxError(
      'malformed',
      `The ${where} refers to "${message.refAttrName}" of a function, but is in none.`,
    );
  }
  const present = VALUE_FIELDS.filter((field) => hasValue(message, field));
  const declared = message.type ? FIELD_OF_TYPE[message.type] : undefined;
  if (message.type && !declared) {
    throw new OnnxError('malformed', `The ${where} has the unknown type ${message.type}.`);
  }
  const stray = declared ? present.filter((field) => field !== declared) : present.slice(1);
  if (stray.length > 0) {
    throw new OnnxError(
      'malformed',
      `The ${where} has values in ${present.join(', ')}, expected ${declared ?? 'one of them'}.`,
    );
  }
  // Before IR 2 there was no type field: the one value that is there says what it is.
  const field = declared ?? present[0];
  if (!field) throw new OnnxError('malformed', `The ${where} has neither a type nor a value.`);
  const attribute: Attribute = decodeAttributeValue(message, field, where, onDuplicate);
  if (message.docString) attribute.docString = message.docString;
  return attribute;
}

function hasValue(message: proto.IAttributeProto, field: ValueField): boolean {
  const value = message[field];
  if (Array.isArray(value)) return value.length > 0;
  return Object.hasOwn(message, field) && value !== null && value !== undefined;
}

function decodeAttributeValue(
  message: proto.IAttributeProto,
  field: ValueField,
  where: string,
  onDuplicate: OnDuplicate,
): AttributeValue {
  const missing = () =>
    new OnnxError('malformed', `The ${where} has no value in ${field}, which its type asks for.`);
  switch (field) {
    case 'f':
      return { type: 'float', value: message.f ?? 0 };
    case 'i':
      return { type: 'int', value: toBigInt(message.i) };
    case 's':
      return { type: 'string', value: message.s ?? new Uint8Array(0) };
    case 't':
      if (!message.t) throw missing();
      return { type: 'tensor', value: decodeTensor(message.t, where) };
    case 'g':
      if (!message.g) throw missing();
      return { type: 'graph', value: decodeGraph(message.g, onDuplicate) };
    case 'floats':
      return { type: 'floats', value: [...(message.floats ?? [])] };
    case 'ints':
      return { type: 'ints', value: (message.ints ?? []).map(toBigInt) };
    case 'strings':
      return { type: 'strings', value: [...(message.strings ?? [])] };
    case 'tensors':
      return {
        type: 'tensors',
        value: (message.tensors ?? []).map((tensor) => decodeTensor(tensor, where)),
      };
    case 'graphs':
      return {
        type: 'graphs',
        value: (message.graphs ?? []).map((graph) => decodeGraph(graph, onDuplicate)),
      };
    case 'tp':
      if (!message.tp) throw missing();
      return { type: 'typeProto', value: decodeType(message.tp, `the ${where}`) };
  }
}
