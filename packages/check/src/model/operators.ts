import { attributeGraphs, type Graph, type Node } from '@latentkit/onnx';

/** Every node of a graph, those of the bodies in it included. */
export function* nodesOf(graph: Graph): Generator<Node> {
  for (const node of graph.nodes) {
    yield node;
    for (const attribute of node.attributes.values()) {
      for (const body of attributeGraphs(attribute)) yield* nodesOf(body);
    }
  }
}

/** How many nodes there are of each operator, by name: `Gemm`, `com.microsoft.FusedMatMul`. */
export function countOperators(graph: Graph): Record<string, number> {
  const counts = new Map<string, number>();
  for (const node of nodesOf(graph)) {
    const name = operatorOf(node);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function operatorOf({ domain, opType }: Node): string {
  return domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`;
}
