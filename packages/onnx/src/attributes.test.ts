import { describe, expect, test } from '@jest/globals';
import {
  attr,
  attrBigInt,
  attrFloat,
  attrFloats,
  attrGraph,
  attrInt,
  attrInts,
  attrString,
  attrStrings,
  attrTensor,
} from './attributes.ts';
import { OnnxError } from './errors.ts';
import { GraphBuilder } from './graph-builder.ts';
import type { Node } from './ir.ts';
import { tensorFromArray } from './tensor.ts';

const tensor = tensorFromArray('t', 'float32', [1], [1]);
const graph = new GraphBuilder('g').buildGraph();
const node: Node = {
  name: 'n',
  opType: 'Op',
  domain: '',
  inputs: [],
  outputs: [],
  docString: '',
  attributes: new Map([
    ['int', attr.int(3)],
    ['large', attr.int(2n ** 62n)],
    ['ints', attr.ints([1, 2n])],
    ['float', attr.float(0.1)],
    ['floats', attr.floats([1, 2])],
    ['string', attr.string('ä')],
    ['strings', attr.strings(['a', 'b'])],
    ['bytes', { type: 'string', value: Uint8Array.of(0xff) }],
    ['tensor', attr.tensor(tensor)],
    ['graph', attr.graph(graph)],
  ]),
};

describe('attributes', () => {
  test('are read by type', () => {
    expect(attrInt(node, 'int', 0)).toBe(3);
    expect(attrBigInt(node, 'large')).toBe(2n ** 62n);
    expect(attrInts(node, 'ints')).toEqual([1, 2]);
    expect(attrFloat(node, 'float')).toBe(Math.fround(0.1));
    expect(attrFloats(node, 'floats')).toEqual([1, 2]);
    expect(attrString(node, 'string')).toBe('ä');
    expect(attrStrings(node, 'strings')).toEqual(['a', 'b']);
    expect(attrTensor(node, 'tensor')).toBe(tensor);
    expect(attrGraph(node, 'graph')).toBe(graph);
  });

  test('fall back where they are absent', () => {
    expect(attrInt(node, 'none', 7)).toBe(7);
    expect(attrInt(node, 'none')).toBeUndefined();
    expect(attrInts(node, 'none', [1])).toEqual([1]);
    expect(attrFloat(node, 'none', 0.5)).toBe(0.5);
    expect(attrString(node, 'none', 'x')).toBe('x');
  });

  test('of another type or no text are errors that name the place', () => {
    expect(() => attrInt(node, 'float', 0)).toThrow(OnnxError);
    expect(() => attrInt(node, 'float', 0)).toThrow(
      'The attribute "float" of Op "n" is of type float, expected int.',
    );
    expect(() => attrString(node, 'bytes')).toThrow('not UTF-8');
  });
});
