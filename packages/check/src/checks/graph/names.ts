import { type Check, error, type Finding, warning } from '../../check.ts';
import { listed } from '../../numbers/format.ts';
import { sideOf } from './interface.ts';
import { eachGraph } from './per-graph.ts';

const names = (infos: readonly { readonly name: string }[]) => infos.map(({ name }) => name);

/** Inputs must be the same on both sides: one too many cannot be fed. */
export const graphInputs: Check = {
  id: 'graph/inputs',
  summary: 'every graph takes the inputs that the card names, and no other',
  remedy: 'Give inputs the names of the model card’s documentation (x, y, z, eps, indices).',
  needs: ['graph/readable'],
  run: (model) =>
    eachGraph(model, async (graph) => {
      const { promised, found } = await sideOf(model, graph, 'inputs');
      return [
        ...absent(names(promised), names(found), 'input', graph.file),
        ...names(found)
          .filter((name) => !names(promised).includes(name))
          .map((name) =>
            error(`the graph asks for '${name}', which the card does not name`, graph.file),
          ),
      ];
    }),
};

/** An output too many is computed for nobody. */
export const graphOutputs: Check = {
  id: 'graph/outputs',
  summary: 'every graph gives the outputs that the card names',
  remedy: 'Give outputs the names of the model card’s documentation (mean, log_var, logits, …).',
  needs: ['graph/readable'],
  run: (model) =>
    eachGraph(model, async (graph) => {
      const { promised, found } = await sideOf(model, graph, 'outputs');
      return [
        ...absent(names(promised), names(found), 'output', graph.file),
        ...names(found)
          .filter((name) => !names(promised).includes(name))
          .map((name) => warning(`the card does not name the output '${name}'`, graph.file)),
      ];
    }),
};

function absent(
  promised: readonly string[],
  found: readonly string[],
  what: string,
  file: string,
): Finding[] {
  return promised
    .filter((name) => !found.includes(name))
    .map((name) => error(`the ${what} '${name}' is missing; the graph has ${listed(found)}`, file));
}
