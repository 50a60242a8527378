import type { Graph, Model, Node } from './ir.ts';

/**
 * A copy of a model that passes may change. Tensors and attributes are shared with the original:
 * passes replace them and never write into them.
 */
export function cloneModel(model: Model): Model {
  return {
    ...model,
    opsets: new Map(model.opsets),
    metadata: new Map(model.metadata),
    graph: cloneGraph(model.graph),
  };
}

function cloneGraph(graph: Graph): Graph {
  return {
    ...graph,
    inputs: [...graph.inputs],
    outputs: [...graph.outputs],
    valueInfo: new Map(graph.valueInfo),
    initializers: new Map(graph.initializers),
    nodes: graph.nodes.map(cloneNode),
  };
}

function cloneNode(node: Node): Node {
  return {
    ...node,
    inputs: [...node.inputs],
    outputs: [...node.outputs],
    attributes: new Map(node.attributes),
  };
}
