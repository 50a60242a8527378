import { describe, expect, test } from '@jest/globals';
import { checkModel } from '../check/check-model.ts';
import { OnnxError } from '../errors.ts';
import { onnx, type proto } from './proto.ts';
import { readModel } from './read-model.ts';

const FLOAT = 1;
const value = (name: string): proto.IValueInfoProto => ({
  name,
  type: { tensorType: { elemType: FLOAT, shape: { dim: [{ dimParam: 'n' }] } } },
});

/** twice(a; slope) = LeakyRelu(a + a, alpha = slope) */
const twice: proto.IFunctionProto = {
  name: 'twice',
  domain: 'my',
  input: ['a'],
  output: ['b'],
  attribute: ['slope'],
  opsetImport: [{ domain: '', version: 17 }],
  node: [
    { opType: 'Add', input: ['a', 'a'], output: ['t'] },
    {
      opType: 'LeakyRelu',
      input: ['t'],
      output: ['b'],
      attribute: [{ name: 'alpha', type: 1, refAttrName: 'slope' }],
    },
  ],
};

function file(functions: proto.IFunctionProto[], nodes: proto.INodeProto[], opset = 17) {
  const message = onnx.ModelProto.create({
    irVersion: 8,
    opsetImport: [
      { domain: '', version: opset },
      { domain: 'my', version: 1 },
    ],
    functions,
    graph: { name: 'g', input: [value('x')], output: [value('y')], node: nodes },
  });
  return new Uint8Array(onnx.ModelProto.encode(message).finish());
}

const call = (name: string, from: string, to: string, more: proto.INodeProto = {}) => ({
  opType: name,
  domain: 'my',
  input: [from],
  output: [to],
  ...more,
});
const slope = (f: number) => ({ attribute: [{ name: 'slope', type: 1, f }] });

function refusal(bytes: Uint8Array): unknown {
  try {
    readModel(bytes);
    return undefined;
  } catch (error) {
    return OnnxError.isInstance(error) ? error.code : error;
  }
}

describe('functions of a model', () => {
  test('are put where they are called, each call with names and attributes of its own', () => {
    const nodes = [call('twice', 'x', 'm', slope(0.5)), call('twice', 'm', 'y', slope(0.25))];
    const bytes = file([twice], nodes);
    const { graph } = readModel(bytes);
    expect(graph.nodes.map(({ opType, inputs }) => [opType, inputs[0]])).toEqual([
      ['Add', 'x'],
      ['LeakyRelu', graph.nodes[0]?.outputs[0]],
      ['Add', 'm'],
      ['LeakyRelu', graph.nodes[2]?.outputs[0]],
    ]);
    const alphas = [1, 3].map((i) => graph.nodes[i]?.attributes.get('alpha')?.value);
    expect(alphas).toEqual([0.5, 0.25]);
    expect(graph.nodes[3]?.outputs).toEqual(['y']);
    expect(checkModel(bytes)).toEqual([]);
  });

  test('leave out an attribute that the call leaves out', () => {
    const { graph } = readModel(file([twice], [call('twice', 'x', 'y')]));
    expect(graph.nodes[1]?.attributes.size).toBe(0);
  });

  test('may call others, hand an input on, and be called by no one', () => {
    const same = { name: 'same', domain: 'my', input: ['a'], output: ['a'], node: [] };
    const both = {
      ...{ name: 'both', domain: 'my', input: ['a'], output: ['c'] },
      node: [call('same', 'a', 'b'), call('twice', 'b', 'c')],
    };
    const bytes = file([both, same, twice], [call('both', 'x', 'y')]);
    const ops = readModel(bytes).graph.nodes.map(({ opType }) => opType);
    expect(ops).toEqual(['Identity', 'Add', 'LeakyRelu']);
    expect(checkModel(bytes)).toEqual([]);
    const relu = { opType: 'Relu', input: ['x'], output: ['y'] };
    expect(checkModel(file([twice], [relu]))).toEqual([]);
  });

  test('that call themselves, or of other operator sets, or twice there, are refused', () => {
    const loop = { ...twice, name: 'loop', node: [call('loop', 'a', 'b')] };
    expect(refusal(file([loop], [call('loop', 'x', 'y')]))).toBe('malformed');
    expect(refusal(file([twice], [call('twice', 'x', 'y')], 15))).toBe('unsupported');
    expect(refusal(file([twice, twice], [call('twice', 'x', 'y')]))).toBe('duplicate');
  });

  test('that make nodes without end end in a typed error', () => {
    const grow = Array.from({ length: 24 }, (_, i) => ({
      ...{ name: `f${i}`, domain: 'my', input: ['a'], output: ['c'] },
      node: [call(`f${i + 1}`, 'a', 'b'), call(`f${i + 1}`, 'b', 'c')],
    }));
    expect(refusal(file(grow, [call('f0', 'x', 'y')]))).toBe('limit');
    const problems = checkModel(file(grow, [call('f0', 'x', 'y')]));
    expect(problems.map(({ rule, severity }) => `${severity} ${rule}`)).toEqual(['unknown known']);
  });

  test('a reference to an attribute outside of a function is refused', () => {
    const node = { opType: 'LeakyRelu', input: ['x'], output: ['y'] };
    const attribute = [{ name: 'alpha', type: 1, refAttrName: 'slope' }];
    expect(refusal(file([], [{ ...node, attribute }]))).toBe('malformed');
  });
});
