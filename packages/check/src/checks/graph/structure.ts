import { checkModel, printProblem } from '@latentkit/onnx';
import { type Check, error, type Finding, warning } from '../../check.ts';
import { eachGraph } from './per-graph.ts';

/** Domains whose operators ONNX Runtime brings; which target has them is another check's. */
const RUNTIME_DOMAINS = ['com.microsoft', 'com.microsoft.nchwc'];

export const graphStructure: Check = {
  id: 'graph/structure',
  summary: 'every graph keeps the rules of ONNX: names, order, types, operators, shapes',
  remedy: 'npx onnx-check FILE says it in full; mend what wrote the file.',
  needs: ['graph/readable'],
  run: (model) =>
    eachGraph(model, async ({ file }) =>
      checkModel(await model.bytes(file), { allowDomains: RUNTIME_DOMAINS }).map(
        (problem): Finding => {
          const text = printProblem(problem);
          return problem.severity === 'error' ? error(text, file) : warning(text, file);
        },
      ),
    ),
};
