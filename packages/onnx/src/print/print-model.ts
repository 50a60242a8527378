import { checkList } from '../form.ts';
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
import { elementCount, tensorToArray } from '../tensor.ts';
import { decodeUtf8, encodeUtf8 } from '../text.ts';
import { checkWalkable } from '../walk.ts';

/** Tensors up to this many elements are shown by value. */
const SHOWN_ELEMENTS = 8;

/**
 * The model as text for people and diffs: one line a value, node or constant, in file order, sorted
 * where order means nothing. Large tensors appear as type, shape and a hash of their bytes. The same
 * model gives the same text.
 */
export function printModel(model: Model): string {
  checkWalkable(model);
  const opsets = [...model.opsets].map(([domain, version]) => `${domain || 'ai.onnx'} ${version}`);
  const lines = [`onnx ir ${model.irVersion}, ${opsets.sort().join(', ')}`];
  if (model.producerName || model.producerVersion) {
    lines.push(`producer ${`${model.producerName} ${model.producerVersion}`.trim()}`);
  }
  if (model.domain) lines.push(`domain ${model.domain}`);
  if (model.modelVersion) lines.push(`version ${model.modelVersion}`);
  if (model.docString) lines.push(`doc ${quote(model.docString)}`);
  for (const key of [...model.metadata.keys()].sort()) {
    lines.push(`metadata ${quote(key)} = ${quote(model.metadata.get(key) ?? '')}`);
  }
  printGraph(model.graph, '', lines);
  return `${lines.join('\n')}\n`;
}

function printGraph(graph: Graph, indent: string, lines: string[]): void {
  const inner = `${indent}  `;
  lines.push(`${indent}graph ${quote(graph.name)} {`);
  if (graph.docString) lines.push(`${inner}doc ${quote(graph.docString)}`);
  for (const input of graph.inputs) lines.push(`${inner}input ${printValueInfo(input)}`);
  for (const [name, tensor] of graph.initializers) {
    lines.push(`${inner}const ${printName(name)}: ${printTensor(tensor)}`);
  }
  for (const node of graph.nodes) addNode(node, inner, lines);
  for (const name of [...graph.valueInfo.keys()].sort()) {
    lines.push(`${inner}value ${printValueInfo(graph.valueInfo.get(name) as ValueInfo)}`);
  }
  for (const output of graph.outputs) lines.push(`${inner}output ${printValueInfo(output)}`);
  lines.push(`${indent}}`);
}

/** One node as text, with the bodies in it. */
export function printNode(node: Node): string {
  const lines: string[] = [];
  addNode(node, '', lines);
  return lines.join('\n');
}

function addNode(node: Node, indent: string, lines: string[]): void {
  const operator = node.domain ? `${node.domain}.${node.opType}` : node.opType;
  const names = [...node.attributes.keys()].sort();
  const values = names.map((name) => `${name}=${printAttribute(node.attributes.get(name))}`);
  const attributes = values.length > 0 ? ` {${values.join(', ')}}` : '';
  const name = node.name ? `  # ${quote(node.name)}` : '';
  const outputs = node.outputs.map(printName).join(', ');
  const inputs = node.inputs.map(printName).join(', ');
  lines.push(`${indent}${outputs} = ${operator}(${inputs})${attributes}${name}`);
  if (node.docString) lines.push(`${indent}  doc ${quote(node.docString)}`);
  for (const name of names) {
    const attribute = node.attributes.get(name);
    if (attribute?.type === 'graph') printGraph(attribute.value, `${indent}  `, lines);
    if (attribute?.type === 'graphs') {
      for (const graph of attribute.value) printGraph(graph, `${indent}  `, lines);
    }
  }
}

function printAttribute(attribute: Attribute | undefined): string {
  switch (attribute?.type) {
    case undefined:
      return '';
    case 'float':
      return printFloat(attribute.value);
    case 'int':
      return String(attribute.value);
    case 'string':
      return printBytes(attribute.value);
    case 'floats':
      return `[${attribute.value.map(printFloat).join(', ')}]`;
    case 'ints':
      return `[${attribute.value.join(', ')}]`;
    case 'strings':
      return `[${attribute.value.map(printBytes).join(', ')}]`;
    case 'tensor':
      return printTensor(attribute.value);
    case 'tensors':
      return `[${attribute.value.map(printTensor).join(', ')}]`;
    case 'graph':
      return `graph ${quote(attribute.value.name)}`;
    case 'graphs':
      return `[${attribute.value.map((graph) => `graph ${quote(graph.name)}`).join(', ')}]`;
    case 'typeProto':
      return printType(attribute.value);
  }
}

function printTensor(tensor: TensorData): string {
  const head = `${tensor.dtype}${printShape(tensor.dims)}`;
  if (tensor.external) {
    const { location, offset, length } = tensor.external;
    return `${head} in ${quote(location)} at ${offset}, ${length} bytes`;
  }
  if (elementCount(tensor.dims) <= SHOWN_ELEMENTS) {
    const values = Array.from(tensorToArray(tensor) as ArrayLike<unknown>, (value) => {
      if (typeof value === 'string') return quote(value);
      return tensor.dtype.startsWith('float') ? printFloat(value as number) : String(value);
    });
    return `${head} = [${values.join(', ')}]`;
  }
  return `${head} #${hash(tensor)}`;
}

function printValueInfo(info: ValueInfo): string {
  const doc = info.docString ? `  # ${quote(info.docString)}` : '';
  return `${printName(info.name)}: ${printType(info.type)}${doc}`;
}

/** A type as people write it: `float32[batch, 784]`, `sequence(int64[?])`. */
export function printType(type: ValueType | null): string {
  switch (type?.kind) {
    case undefined:
    case 'unknown':
      return '?';
    case 'tensor':
      return `${type.dtype}${type.shape ? printShape(type.shape) : ''}`;
    case 'sequence':
    case 'optional':
      return `${type.kind}(${printType(type.element)})`;
    case 'map':
      return `map(${type.key}, ${printType(type.value)})`;
  }
}

/** `[batch, 784]`; `?` where a size is not known. */
export function printShape(shape: readonly Dim[]): string {
  checkList('The shape', shape, 'a list of dimensions');
  return `[${shape.map((dim) => dim ?? '?').join(', ')}]`;
}

/** An omitted input or output shows as `_`, an unusual name in quotes. */
function printName(name: string): string {
  if (name === '') return '_';
  return /^[\w./:-]+$/.test(name) && name !== '_' ? name : quote(name);
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function printBytes(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  return text === undefined ? `bytes(${Array.from(bytes).join(' ')})` : quote(text);
}

function printFloat(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** FNV-1a over the bytes, 32 bits: enough to see that a constant changed. */
function hash(tensor: TensorData): string {
  let state = 0x811c9dc5;
  const mix = (bytes: Uint8Array) => {
    for (let i = 0; i < bytes.length; i++) {
      state = Math.imul(state ^ (bytes[i] as number), 0x01000193);
    }
  };
  if (tensor.strings) mix(encodeUtf8(JSON.stringify(tensor.strings)));
  else mix(tensor.raw);
  return (state >>> 0).toString(16).padStart(8, '0');
}
