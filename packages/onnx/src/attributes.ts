import { OnnxError } from './errors.ts';
import type { Attribute, AttributeValue, Graph, Node, TensorData } from './ir.ts';
import { decodeUtf8, encodeUtf8 } from './text.ts';

/**
 * Makers of attribute values. The type is said, never guessed: whether `1` is an int or a float only
 * the operator knows.
 */
export const attr = {
  int: (value: number | bigint): Attribute => ({ type: 'int', value: BigInt(value) }),
  ints: (value: Iterable<number | bigint>): Attribute => ({
    type: 'ints',
    value: Array.from(value, BigInt),
  }),
  /** Rounded to the 32 bits that a file keeps. */
  float: (value: number): Attribute => ({ type: 'float', value: Math.fround(value) }),
  floats: (value: Iterable<number>): Attribute => ({
    type: 'floats',
    value: Array.from(value, Math.fround),
  }),
  string: (value: string): Attribute => ({ type: 'string', value: encodeUtf8(value) }),
  strings: (value: Iterable<string>): Attribute => ({
    type: 'strings',
    value: Array.from(value, encodeUtf8),
  }),
  tensor: (value: TensorData): Attribute => ({ type: 'tensor', value }),
  graph: (value: Graph): Attribute => ({ type: 'graph', value }),
} as const;

type Values = { [A in AttributeValue as A['type']]: A['value'] };

function find<K extends keyof Values>(node: Node, name: string, type: K): Values[K] | undefined {
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
