import type { Graph } from '@latentkit/onnx';
import { attributeGraphs } from '@latentkit/onnx';
import { type Check, error } from '../../check.ts';
import { feedsOf } from './interface.ts';
import { eachGraph } from './per-graph.ts';

export const unusedInput: Check = {
  id: 'graph/unused-input',
  summary: 'every input of a graph is used',
  remedy: 'Leave the input out, or find out why what depended on it is gone.',
  needs: ['graph/readable'],
  run: (model) =>
    eachGraph(model, async ({ file }) => {
      const { graph } = await model.model(file);
      const used = usedIn(graph);
      return feedsOf(graph)
        .filter(({ name }) => !used.has(name))
        .map(({ name }) => error(`nothing uses the input '${name}'`, file));
    }),
};

/** Names that nodes, or bodies within them, read, or that are outputs. */
function usedIn(graph: Graph): Set<string> {
  const used = new Set(graph.outputs.map(({ name }) => name));
  for (const { inputs, attributes } of graph.nodes) {
    for (const input of inputs) used.add(input);
    for (const attribute of attributes.values()) {
      for (const body of attributeGraphs(attribute)) {
        for (const name of usedIn(body)) used.add(name);
      }
    }
  }
  return used;
}
