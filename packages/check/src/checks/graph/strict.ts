import { type Check, error } from '../../check.ts';
import { openStrictly } from '../../devices/open-strictly.ts';
import { eachGraph } from './per-graph.ts';

export const graphStrict: Check = {
  id: 'graph/strict',
  summary: 'ONNX Runtime opens every graph with strict inference of shapes',
  remedy: 'Declare the shapes that the nodes give, and use operators that ONNX Runtime has.',
  needs: ['graph/readable', 'graph/self-contained'],
  run: (model) =>
    eachGraph(model, async ({ file }) => {
      try {
        await openStrictly(await model.bytes(file));
        return [];
      } catch (problem) {
        return [error((problem as Error).message, file)];
      }
    }),
};
