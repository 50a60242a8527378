import { allTensors } from '@latentkit/onnx';
import { type Check, error } from '../../check.ts';
import { listed } from '../../numbers/format.ts';
import { eachGraph } from './per-graph.ts';

export const graphSelfContained: Check = {
  id: 'graph/self-contained',
  summary: 'every graph holds its weights itself, and nothing compiled for one device',
  remedy: 'Save the model with its weights inside; a checksum of the graph then vouches for them.',
  needs: ['graph/readable'],
  run: (model) =>
    eachGraph(model, async ({ file }) => {
      const { graph } = await model.model(file);
      const outside = [...allTensors(graph)].filter(({ external }) => external);
      const places = [...new Set(outside.map(({ external }) => external?.location ?? ''))];
      const compiled = graph.nodes.filter(({ opType }) => opType === 'EPContext');
      return [
        ...(outside.length > 0
          ? [error(`${outside.length} tensors lie in other files: ${listed(places)}`, file)]
          : []),
        ...compiled.map(({ name }) =>
          error(`the node '${name}' holds a graph compiled for one device`, file),
        ),
      ];
    }),
};
