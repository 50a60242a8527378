import { OnnxError } from './errors.ts';
import { checkGraphForm, checkNodeForm, checkTensorForm, checkText, refuse } from './form.ts';
import type { Attribute, AttributeValue, Graph, Node, TensorData } from './ir.ts';
import { decodeUtf8, encodeUtf8 } from './text.ts';

/**
 * Makers of attribute values. The type is said, never guessed: whether `1` is an int or a float only
 * the operator knows.
 */
export const attr = {
  int: (value: number | bigint): Attribute => ({ type: 'int', value: toInt(value) }),
  ints: (value: Iterable<number | bigint>): Attribute => ({
    type: 'ints',
    value: Array.from(checkIterable(value), toInt),
  }),
  /** Rounded to the 32 bits that a file keeps. */
  float: (value: number): Attribute => ({ type: 'float', value: toFloat(value) }),
  floats: (value: Iterable<number>): Attribute => ({
    type: 'floats',
    value: Array.from(checkIterable(value), toFloat),
  }),
  string: (value: string): Attribute => ({ type: 'string', value: toBytes(value) }),
  strings: (value: Iterable<string>): Attribute => ({
    type: 'strings',
    value: Array.from(checkIterable(value), toBytes),
  }),
  tensor(value: TensorData): Attribute {
    checkTensorForm(value);
    return { type: 'tensor', value };
  },
  graph(value: Graph): Attribute {
    checkGraphForm(value);
    return { type: 'graph', value };
  },
} as const;

function toInt(value: number | bigint): bigint {
  if (typeof value === 'bigint' || Number.isInteger(value)) return BigInt(value);
  return refuse('The attribute', 'an integer', value);
}

function toFloat(value: number): number {
  return typeof value === 'number'
    ? Math.fround(value)
    : refuse('The attribute', 'a number', value);
}

function toBytes(value: string): Uint8Array {
  checkText('The attribute', value);
  return encodeUtf8(value);
}

function checkIterable<T>(values: Iterable<T>): Iterable<T> {
  const iterable = typeof values === 'object' && values !== null && Symbol.iterator in values;
  return iterable ? values : refuse('The attribute', 'a list', values);
}

type Values = { [A in AttributeValue as A['type']]: A['value'] };

function find<K extends keyof Values>(node: Node, name: string, type: K): Values[K] | undefined {
  checkNodeForm(node);
  const attribute = node.attributes.get(name);
  if (!attribute) return undefined;
  if (attribute.type === type) return attribute.value as Values[K];
  throw new OnnxError(
    'invalid-model',
    `The attribute "${name}" of ${node.opType} "${node.name}" is of type ${attribute.type}, expected ${type}.`,
  );
}

/*
 * Readers of a node's attributes: the value, or the fallback where the node does not have it.
 * All throw OnnxError `invalid-model` where the attribute is of another type.
 */

/** An int attribute as a number. Values beyond 2^53 are for attrBigInt. */
export function attrInt(node: Node, name: string, fallback: number): number;
export function attrInt(node: Node, name: string): number | undefined;
export function attrInt(node: Node, name: string, fallback?: number): number | undefined {
  const value = find(node, name, 'int');
  return value === undefined ? fallback : Number(value);
}

export function attrBigInt(node: Node, name: string): bigint | undefined {
  return find(node, name, 'int');
}

export function attrInts(node: Node, name: string, fallback: readonly number[]): number[];
export function attrInts(node: Node, name: string): number[] | undefined;
export function attrInts(
  node: Node,
  name: string,
  fallback?: readonly number[],
): number[] | undefined {
  const value = find(node, name, 'ints');
  return value ? value.map(Number) : fallback && [...fallback];
}

export function attrFloat(node: Node, name: string, fallback: number): number;
export function attrFloat(node: Node, name: string): number | undefined;
export function attrFloat(node: Node, name: string, fallback?: number): number | undefined {
  return find(node, name, 'float') ?? fallback;
}

export function attrFloats(node: Node, name: string): number[] | undefined {
  return find(node, name, 'floats');
}

/** A string attribute as text; bytes that are no UTF-8 are an error. */
export function attrString(node: Node, name: string, fallback: string): string;
export function attrString(node: Node, name: string): string | undefined;
export function attrString(node: Node, name: string, fallback?: string): string | undefined {
  const value = find(node, name, 'string');
  return value ? text(node, name, value) : fallback;
}

export function attrStrings(node: Node, name: string): string[] | undefined {
  return find(node, name, 'strings')?.map((value) => text(node, name, value));
}

export function attrTensor(node: Node, name: string): TensorData | undefined {
  return find(node, name, 'tensor');
}

export function attrGraph(node: Node, name: string): Graph | undefined {
  return find(node, name, 'graph');
}

function text(node: Node, name: string, value: Uint8Array): string {
  const decoded = decodeUtf8(value);
  if (decoded !== undefined) return decoded;
  throw new OnnxError(
    'invalid-model',
    `The attribute "${name}" of ${node.opType} "${node.name}" is not UTF-8 text.`,
  );
}
