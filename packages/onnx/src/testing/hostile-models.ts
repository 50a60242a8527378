import type { Attribute, Graph, Model, Node, TensorData } from '../ir.ts';
import { tensorFromArray } from '../tensor.ts';
import { attributeGraphs } from '../walk.ts';

/** Numbers that no count, length, axis or size may be taken for before it is compared with what is there. */
export const HOSTILE_NUMBERS: readonly bigint[] = [
  -1n,
  0n,
  3n,
  64n,
  -(2n ** 31n),
  100_000_000n,
  2n ** 31n,
  2n ** 53n,
  -(2n ** 63n),
  2n ** 63n - 1n,
];

const LONG = 3000;

function hostileLists(length: number): bigint[][] {
  return [
    ...HOSTILE_NUMBERS.map((value) => Array<bigint>(length).fill(value)),
    [],
    [-1n, ...Array<bigint>(length).fill(0n)],
    Array<bigint>(LONG).fill(1n),
  ];
}

function hostileAttributes(attribute: Attribute): Attribute[] {
  switch (attribute.type) {
    case 'int':
      return HOSTILE_NUMBERS.map((value) => ({ type: 'int', value }));
    case 'ints':
      return hostileLists(attribute.value.length).map((value) => ({ type: 'ints', value }));
    case 'float':
      return [Number.NaN, Number.POSITIVE_INFINITY, -1e30].map((value) => ({
        type: 'float',
        value,
      }));
    case 'tensor':
      return hostileTensors(attribute.value).map((value) => ({ type: 'tensor', value }));
    default:
      return [];
  }
}

function hostileTensors(tensor: TensorData): TensorData[] {
  if (tensor.dtype !== 'int64' || tensor.dims.length > 1) return [];
  const length = tensor.dims[0] ?? 1;
  return hostileLists(length)
    .filter((values) => tensor.dims.length === 1 || values.length === 1)
    .map((values) =>
      tensorFromArray(
        tensor.name,
        'int64',
        values,
        tensor.dims.length === 0 ? [] : [values.length],
      ),
    );
}

/** What a hostile model was made of, and the model: a copy with one number changed. */
export interface HostileModel {
  readonly what: string;
  readonly model: Model;
}

/**
 * Copies of a model, each with one attribute or integer constant changed to numbers that are out of
 * every range. Integer attributes that the operators' schemas do not know are not added.
 */
export function* hostileModels(model: Model): Generator<HostileModel> {
  for (const { what, graph } of hostileGraphs(model.graph)) {
    yield { what, model: { ...model, graph } };
  }
}

function* hostileGraphs(graph: Graph): Generator<{ what: string; graph: Graph }> {
  for (const [name, tensor] of graph.initializers) {
    for (const changed of hostileTensors(tensor)) {
      const initializers = new Map(graph.initializers).set(name, changed);
      yield { what: `constant ${name}`, graph: { ...graph, initializers } };
    }
  }
  for (const [at, node] of graph.nodes.entries()) {
    for (const { what, attributes } of hostileNodes(node)) {
      const nodes = graph.nodes.with(at, { ...node, attributes });
      yield { what: `${node.opType}.${what}`, graph: { ...graph, nodes } };
    }
  }
}

function* hostileNodes(
  node: Node,
): Generator<{ what: string; attributes: Map<string, Attribute> }> {
  for (const [name, attribute] of node.attributes) {
    const changes = hostileAttributes(attribute);
    for (const body of attributeGraphs(attribute)) {
      if (attribute.type !== 'graph') continue;
      for (const inner of hostileGraphs(body)) {
        changes.push({ type: 'graph', value: inner.graph });
      }
    }
    for (const changed of changes) {
      yield { what: name, attributes: new Map(node.attributes).set(name, changed) };
    }
  }
}
