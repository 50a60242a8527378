import { attr } from '../attributes.ts';
import { checkModel } from '../check/check-model.ts';
import { GraphBuilder } from '../graph-builder.ts';
import type { Dim, Graph, Model, Node, ValueInfo, ValueType } from '../ir.ts';
import { printProblem } from '../problem.ts';
import { tensorFromArray } from '../tensor.ts';

/** Small changes of y = Relu(x), and what the checker says of them. */
export function changed(change: (model: Model, node: Node) => void): Model {
  const g = new GraphBuilder('g', { opset: 17, irVersion: 8 });
  const x = g.input('x', 'float32', ['n', 4]);
  g.output(g.node('Relu', [x], {}, { name: 'relu', output: 'y' }), 'float32', ['n', 4]);
  const model = g.build();
  change(model, model.graph.nodes[0] as Node);
  return model;
}

/** Where that node is, in messages. */
export const RELU = 'graph "g", node 0 (Relu "relu")';

/** The problems of a changed model, a line each, without those of inferred shapes. */
export const said = (change: (model: Model, node: Node) => void, allowDomains: string[] = []) =>
  checkModel(changed(change), { allowDomains, infer: false }).map(printProblem);

export const typed = (name: string, type: ValueType): ValueInfo => ({ name, type, docString: '' });

export const info = (name: string, shape: Dim[] | null = ['n', 4]): ValueInfo =>
  typed(name, { kind: 'tensor', dtype: 'float32', shape });

export const node = (opType: string, inputs: string[], outputs: string[]): Node => ({
  name: '',
  opType,
  domain: '',
  inputs,
  outputs,
  attributes: new Map(),
  docString: '',
});

export const body = (nodes: Node[], outputs: ValueInfo[]): Graph => ({
  name: 'body',
  docString: '',
  inputs: [],
  outputs,
  valueInfo: new Map(),
  initializers: new Map(),
  nodes,
});

export const zeros = (name: string, dims: number[]) =>
  tensorFromArray(name, 'float32', new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);

/** y is what one of two bodies gives. */
export function branches(model: Model, then: Graph, otherwise: Graph): void {
  model.graph.inputs.push(typed('c', { kind: 'tensor', dtype: 'bool', shape: [] }));
  const only = model.graph.nodes[0] as Node;
  only.opType = 'If';
  only.inputs = ['c'];
  only.attributes = new Map([
    ['then_branch', attr.graph(then)],
    ['else_branch', attr.graph(otherwise)],
  ]);
}

/** The same, where the other body is sound. */
export const branch = (model: Model, then: Graph) =>
  branches(model, then, body([node('Neg', ['x'], ['o'])], [info('o', null)]));
