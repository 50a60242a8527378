import { LatentkitError } from '@latentkit/core';
import type { GraphBuilder, Model } from '@latentkit/onnx';

/**
 * Copies the nodes and constants of an exported graph into another that is being built, with its inputs
 * joined to values that are there already.
 *
 * @param inputs the value for each of the model's inputs, by name
 * @returns the names that the model's outputs have in the new graph, by their old names
 * @throws LatentkitError `unsupported-format` for graphs within nodes, or an input without a value
 */
export function inlineGraph(
  builder: GraphBuilder,
  { graph }: Model,
  inputs: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const names = new Map<string, string>([['', '']]);
  for (const { name } of graph.inputs) {
    const value = inputs[name];
    if (value === undefined) {
      throw unsupported(
        `its input '${name}' is unknown (known: ${Object.keys(inputs).join(', ')})`,
      );
    }
    names.set(name, value);
  }
  for (const [name, tensor] of graph.initializers) names.set(name, builder.tensor(tensor));
  for (const node of graph.nodes) {
    for (const { type } of node.attributes.values()) {
      if (type === 'graph' || type === 'graphs') {
        throw unsupported(`its node '${node.name}' (${node.opType}) holds a graph of its own`);
      }
    }
    const outputs = builder.node(
      node.opType,
      node.inputs.map((input) => names.get(input) as string),
      Object.fromEntries(node.attributes),
      { name: node.name, domain: node.domain, outputs: node.outputs },
    );
    for (const [i, output] of node.outputs.entries()) names.set(output, outputs[i] as string);
  }
  return Object.fromEntries(
    graph.outputs.map(({ name }) => [name, names.get(name) as string] as const),
  );
}

function unsupported(why: string): LatentkitError {
  return new LatentkitError(
    'unsupported-format',
    `The graph cannot be joined to another: ${why}. Only graphs of latentkit's own exporter can.`,
  );
}
