import type { Attribute, Graph, Node, TensorData } from './ir.ts';

/** The graphs that an attribute holds. */
export function attributeGraphs(attribute: Attribute): Graph[] {
  if (attribute.type === 'graph') return [attribute.value];
  return attribute.type === 'graphs' ? attribute.value : [];
}

/** The bodies of a node (If, Loop, Scan), in the order of its attributes. */
export function subgraphs(node: Node): Graph[] {
  return [...node.attributes.values()].flatMap(attributeGraphs);
}

/** Every tensor of a graph, its nodes' attributes and their subgraphs. */
export function* allTensors(graph: Graph): Generator<TensorData> {
  yield* graph.initializers.values();
  for (const node of graph.nodes) {
    for (const attribute of node.attributes.values()) {
      if (attribute.type === 'tensor') yield attribute.value;
      else if (attribute.type === 'tensors') yield* attribute.value;
      for (const body of attributeGraphs(attribute)) yield* allTensors(body);
    }
  }
}
