import { checkList, refuse } from '../form.ts';
import type { Model } from '../ir.ts';

/**
 * @param keep first outputs of nodes that stay as they are
 * @throws OnnxError `invalid-argument` for what is no node's first output, and would keep nothing
 */
export function checkKeep({ graph }: Model, keep: readonly string[]): void {
  checkList('keep', keep, 'a list of names of outputs');
  const names = new Set(graph.nodes.map(({ outputs }) => outputs[0]));
  for (const name of keep) {
    if (!names.has(name)) refuse('keep', 'first outputs of nodes of the graph', name);
  }
}
