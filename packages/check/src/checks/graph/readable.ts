import { type Check, error } from '../../check.ts';
import { eachGraph } from './per-graph.ts';

export const graphReadable: Check = {
  id: 'graph/readable',
  summary: 'every graph is an ONNX file',
  remedy: 'Export the model again.',
  needs: ['card/valid'],
  run: (model) =>
    eachGraph(model, async ({ file }) => {
      try {
        await model.model(file);
        return [];
      } catch (problem) {
        return [error((problem as Error).message, file)];
      }
    }),
};
