import { printType, type ValueInfo } from '@latentkit/onnx';
import { type Check, error, type Finding } from '../../check.ts';
import { sideOf } from './interface.ts';
import { eachGraph } from './per-graph.ts';

export const graphShape: Check = {
  id: 'graph/shape',
  summary: 'inputs and outputs have the types and sizes that the card states',
  remedy: 'Export the model again, card and graphs together.',
  needs: ['graph/inputs', 'graph/outputs'],
  run: (model) =>
    eachGraph(model, async (graph) => {
      const findings: Finding[] = [];
      for (const side of ['inputs', 'outputs'] as const) {
        const { promised, found } = await sideOf(model, graph, side);
        for (const info of promised) {
          const declared = found.find(({ name }) => name === info.name);
          if (declared && !fits(declared, info)) {
            const expected = `${info.dtype}[${info.shape.join(', ')}]`;
            const message = `'${info.name}' is ${printType(declared.type)} in the graph, ${expected} on the card`;
            findings.push(error(message, graph.file));
          }
        }
      }
      return findings;
    }),
};

/** What the graph leaves open fits anything; whether a batch is open is another check's. */
function fits(
  { type }: ValueInfo,
  { dtype, shape }: { readonly dtype: string; readonly shape: readonly (number | string)[] },
): boolean {
  if (type.kind !== 'tensor' || type.dtype !== dtype) return false;
  if (type.shape === null) return true;
  return (
    type.shape.length === shape.length &&
    type.shape.every(
      (dim, i) => typeof dim !== 'number' || typeof shape[i] !== 'number' || dim === shape[i],
    )
  );
}
