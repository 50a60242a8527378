import type { Graph, Node } from '../ir.ts';
import { subgraphs } from '../walk.ts';

/**
 * Lets the bodies of a node read another value of the graph around them. Where a body gives the name to a value of its
 * own, that one goes on being read.
 */
export function redirectCaptures(node: Node, from: string, to: string): void {
  for (const body of subgraphs(node)) {
    if (!declares(body, from)) redirectWithin(body, from, to);
  }
}

function redirectWithin(body: Graph, from: string, to: string): void {
  for (const inner of body.nodes) {
    inner.inputs = inner.inputs.map((name) => (name === from ? to : name));
    redirectCaptures(inner, from, to);
  }
  body.outputs = body.outputs.map((output) =>
    output.name === from ? { ...output, name: to } : output,
  );
}

function declares({ inputs, initializers, nodes }: Graph, name: string): boolean {
  return (
    initializers.has(name) ||
    inputs.some((input) => input.name === name) ||
    nodes.some(({ outputs }) => outputs.includes(name))
  );
}
