import type { Node } from '../ir.ts';

/**
 * The nodes in an order where every producer comes before its consumers; nodes that are in order
 * already keep their places. `usedNames` gives all that a node reads, captures of its subgraphs included.
 */
export function topologicalSort(
  nodes: readonly Node[],
  usedNames: (node: Node) => readonly string[],
): Node[] {
  const producers = new Map<string, Node>();
  for (const node of nodes) {
    for (const output of node.outputs) if (output !== '') producers.set(output, node);
  }
  const sorted: Node[] = [];
  const seen = new Set<Node>();
  // An explicit stack: graphs of unrolled recurrences are deeper than the call stack.
  for (const root of nodes) {
    if (seen.has(root)) continue;
    seen.add(root);
    const stack = [{ node: root, names: usedNames(root), at: 0 }];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const name = top.names[top.at++];
      if (name === undefined) {
        sorted.push(top.node);
        stack.pop();
        continue;
      }
      const producer = producers.get(name);
      if (producer && !seen.has(producer)) {
        seen.add(producer);
        stack.push({ node: producer, names: usedNames(producer), at: 0 });
      }
    }
  }
  return sorted;
}
