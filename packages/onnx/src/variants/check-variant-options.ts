import { checkList, refuse } from '../form.ts';
import type { Model } from '../ir.ts';

/** @throws OnnxError `invalid-argument` for an option that there is not, which would do nothing */
export function checkNames(options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) refuse('The options', known.join(', '), name);
  }
}

/** @throws OnnxError `invalid-argument` */
export function checkChoice(what: string, value: unknown, choices: readonly unknown[]): void {
  if (!choices.includes(value)) refuse(what, choices.join(' or '), value);
}

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
