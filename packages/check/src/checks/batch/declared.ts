import { type Check, error, type Finding } from '../../check.ts';
import { sideOf } from '../graph/interface.ts';
import { eachGraph } from '../graph/per-graph.ts';

export const batchDeclared: Check = {
  id: 'batch/declared',
  summary: 'the first dimension of inputs and outputs is open and named',
  remedy: 'Export with a dynamic batch (torch: dynamic_shapes or dynamic_axes).',
  needs: ['graph/inputs', 'graph/outputs'],
  run: (model) =>
    eachGraph(model, async (graph) => {
      const findings: Finding[] = [];
      for (const side of ['inputs', 'outputs'] as const) {
        const { promised, found } = await sideOf(model, graph, side);
        for (const { name, type } of found) {
          const open = promised.find((info) => info.name === name)?.shape[0];
          if (typeof open !== 'string' || type.kind !== 'tensor') continue;
          const batch = type.shape?.[0];
          if (typeof batch === 'number') {
            findings.push(error(`'${name}' has a fixed batch of ${batch}`, graph.file));
          }
        }
      }
      return findings;
    }),
};
