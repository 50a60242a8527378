import type { GraphView } from '../rewrite/graph-view.ts';
import type { Pass } from '../rewrite/pass.ts';

export const removeDead: Pass = {
  name: 'remove-dead',
  summary: 'Nodes, initialisers and declared types that no output needs go.',
  apply({ view }) {
    const { graph } = view;
    let rewrites = removeUnusedNodes(view);
    for (const name of [...graph.initializers.keys()]) {
      // One that is an input too is the input's default value.
      if (view.isUsed(name) || view.isGraphInput(name)) continue;
      graph.initializers.delete(name);
      rewrites++;
    }
    for (const name of [...graph.valueInfo.keys()]) {
      if (view.producer(name)) continue;
      graph.valueInfo.delete(name);
      rewrites++;
    }
    return rewrites;
  },
};

/** Takes out the nodes of which nothing is read; returns their number. */
export function removeUnusedNodes(view: GraphView): number {
  let removed = 0;
  for (const node of [...view.nodes()].reverse()) {
    if (node.outputs.some((output) => output !== '' && view.isUsed(output))) continue;
    view.remove(node);
    removed++;
  }
  return removed;
}
